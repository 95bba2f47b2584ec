// Carries out products on one array and counts its clocks. Cases come as numbers in hexadecimal, one a line: how many cases, then M, N, K, the
// elements of A and of B of each. Printed are, for each case, the clocks and then the elements of C. The array alone says when a fold is over;
// one that has not said so long after it should have is given up.
module product_bench #(
    parameter ROWS = 4,
    parameter COLS = 4
) ();
  localparam MOST = 40000;
  reg clk = 0, reset = 1;
  reg valid = 0, first = 0, last = 0, load = 0;
  reg [8*ROWS-1:0] left = 0;
  reg [8*COLS-1:0] top = 0;
  reg [32*COLS-1:0] top_sums = 0;

  wire os_done, fixed_done;
  wire [32*ROWS*COLS-1:0] os_sums;
  wire [COLS-1:0] bottom_valid;
  wire [32*COLS-1:0] bottom;

  output_stationary_array #(ROWS, COLS) os (.clk(clk), .reset(reset), .valid(valid), .first(first), .last(last), .a(left), .b(top), .done(os_done), .sums(os_sums));
  operand_stationary_array #(ROWS, COLS) fixed (.clk(clk), .reset(reset), .load(load), .held(top), .valid(valid), .last(last), .streamed(left), .sums_in(top_sums), .done(fixed_done), .sums_valid(bottom_valid), .sums_out(bottom));

  reg [31:0] words[0:MOST-1];
  integer sums[0:MOST-1];
  integer place, cases, number, m, n, k, base_a, base_b, clocks, wanted_rows, wanted_cols, flow;
  integer down, across, t, r, c, height, width, length, i;
  integer taken[0:COLS-1];
  reg [8*200-1:0] path;

  function signed [7:0] a_at(input integer row, input integer col);
    a_at = row < m && col < k ? 8'(words[base_a+row*k+col]) : 8'sd0;
  endfunction
  function signed [7:0] b_at(input integer row, input integer col);
    b_at = row < k && col < n ? 8'(words[base_b+row*n+col]) : 8'sd0;
  endfunction

  task tick;
    begin
      #1 clk = 1;
      #1 clk = 0;
    end
  endtask

  task give_up_if_endless;
    if (t > 4 * (m + n + k + ROWS + COLS)) begin
      $display("a fold of %0d x %0d x %0d on %0d x %0d is not over after %0d clocks", m, n, k, ROWS, COLS, t);
      $fatal(1, "no end of a fold");
    end
  endtask

  task quiet;
    begin
      valid = 0; first = 0; last = 0; load = 0;
      left = 0; top = 0; top_sums = 0;
    end
  endtask

  task output_stationary;
    for (across = 0; across < n; across = across + COLS)
      for (down = 0; down < m; down = down + ROWS) begin
        t = 0;
        begin : fold
          forever begin
            quiet;
            if (t < k) begin
              valid = 1; first = t == 0; last = t == k - 1;
              for (r = 0; r < ROWS; r = r + 1) left[8*r+:8] = a_at(down + r, t);
              for (c = 0; c < COLS; c = c + 1) top[8*c+:8] = b_at(t, across + c);
            end
            tick; clocks = clocks + 1; t = t + 1;
            if (os_done) disable fold;
            give_up_if_endless;
          end
        end
        for (r = 0; r < ROWS; r = r + 1)
          for (c = 0; c < COLS; c = c + 1)
            if (down + r < m && across + c < n) sums[(down+r)*n+across+c] = os_sums[32*(r*COLS+c)+:32];
      end
  endtask

  // Weight-stationary: B is held, rows of A stream. Input-stationary: A is held, columns of B stream, and results are those of C transposed.
  task operand_stationary(input is_input);
    begin
      height = k; width = is_input ? m : n; length = is_input ? n : m;
      for (across = 0; across < width; across = across + COLS)
        for (down = 0; down < height; down = down + ROWS) begin
          for (c = 0; c < COLS; c = c + 1) taken[c] = 0;
          for (t = 0; t < ROWS; t = t + 1) begin
            quiet;
            load = 1;
            for (c = 0; c < COLS; c = c + 1)
              top[8*c+:8] = is_input ? a_at(across + c, down + ROWS - 1 - t) : b_at(down + ROWS - 1 - t, across + c);
            tick; clocks = clocks + 1;
          end
          t = 0;
          begin : fold
            forever begin
              quiet;
              if (t < length) begin
                valid = 1; last = t == length - 1;
                for (r = 0; r < ROWS; r = r + 1) left[8*r+:8] = is_input ? b_at(down + r, t) : a_at(t, down + r);
                for (c = 0; c < COLS; c = c + 1)
                  if (down > 0 && across + c < width)
                    top_sums[32*c+:32] = is_input ? sums[(across+c)*n+t] : sums[t*n+across+c];
              end
              tick; clocks = clocks + 1; t = t + 1;
              for (c = 0; c < COLS; c = c + 1)
                if (bottom_valid[c]) begin
                  if (across + c < width) begin
                    if (is_input) sums[(across+c)*n+taken[c]] = bottom[32*c+:32];
                    else sums[taken[c]*n+across+c] = bottom[32*c+:32];
                  end
                  taken[c] = taken[c] + 1;
                end
              if (fixed_done) disable fold;
              give_up_if_endless;
            end
          end
        end
    end
  endtask

  initial begin
    if ($value$plusargs("rows=%d", wanted_rows) && $value$plusargs("cols=%d", wanted_cols) && wanted_rows == ROWS && wanted_cols == COLS) begin
      if (!$value$plusargs("flow=%d", flow) || !$value$plusargs("cases=%s", path)) $fatal(1, "give +flow and +cases");
      $readmemh(path, words);
      cases = words[0];
      place = 1;
      for (number = 0; number < cases; number = number + 1) begin
        m = words[place]; n = words[place+1]; k = words[place+2];
        base_a = place + 3; base_b = base_a + m * k; place = base_b + k * n;
        quiet; reset = 1; tick; reset = 0;
        clocks = 0;
        if (flow == 0) output_stationary; else operand_stationary(flow == 2);
        $display("%0d", clocks);
        for (i = 0; i < m * n; i = i + 1) $display("%0d", sums[i]);
      end
      $finish;
    end
  end
endmodule
