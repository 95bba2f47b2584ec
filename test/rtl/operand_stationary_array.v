// Every processing element holds one element of an operand, which is shifted in from the top, the lowest row first. The other operand
// enters at the left, held back a clock for each row, and moves right; sums enter at the top, held back a clock for each column, move down and
// leave at the bottom. `last` travels with the streamed operand: the fold is over when it has left the last element.
module operand_stationary_element (
    input clk,
    input reset,
    input load,
    input signed [7:0] held_in,
    input signed [7:0] x_in,
    input [1:0] flags_in,
    input signed [31:0] sum_in,
    output reg signed [7:0] held,
    output reg signed [7:0] x_out,
    output reg [1:0] flags_out,
    output reg signed [31:0] sum_out
);
  always @(posedge clk) begin
    if (load) held <= held_in;
    x_out <= x_in;
    flags_out <= reset ? 0 : flags_in;
    sum_out <= sum_in + 32'(x_in) * 32'(held);
  end
endmodule

module operand_stationary_array #(
    parameter ROWS = 4,
    parameter COLS = 4
) (
    input clk,
    input reset,
    input load,
    input [8*COLS-1:0] held,
    input valid,
    input last,
    input [8*ROWS-1:0] streamed,
    input [32*COLS-1:0] sums_in,
    output done,
    output [COLS-1:0] sums_valid,
    output [32*COLS-1:0] sums_out
);
  // Column 0 and row 0 are the edges.
  wire signed [7:0] right[0:ROWS*(COLS+1)-1];
  wire [1:0] flags[0:ROWS*(COLS+1)-1];
  wire signed [7:0] weights[0:(ROWS+1)*COLS-1];
  wire signed [31:0] sums[0:(ROWS+1)*COLS-1];

  genvar r, c;
  generate
    for (r = 0; r < ROWS; r = r + 1) begin : row
      delay_line #(8, r) delay (.clk(clk), .reset(reset), .in(streamed[8*r+:8]), .out(right[r*(COLS+1)]));
      delay_line #(2, r) flag_delay (.clk(clk), .reset(reset), .in({valid, last}), .out(flags[r*(COLS+1)]));
      for (c = 0; c < COLS; c = c + 1) begin : col
        operand_stationary_element element (
            .clk(clk), .reset(reset), .load(load), .held_in(weights[r*COLS+c]),
            .x_in(right[r*(COLS+1)+c]), .flags_in(flags[r*(COLS+1)+c]), .sum_in(sums[r*COLS+c]),
            .held(weights[(r+1)*COLS+c]), .x_out(right[r*(COLS+1)+c+1]), .flags_out(flags[r*(COLS+1)+c+1]),
            .sum_out(sums[(r+1)*COLS+c])
        );
      end
    end
    for (c = 0; c < COLS; c = c + 1) begin : column
      assign weights[c] = held[8*c+:8];
      delay_line #(32, c) sum_delay (.clk(clk), .reset(reset), .in(sums_in[32*c+:32]), .out(sums[c]));
      assign sums_out[32*c+:32] = sums[ROWS*COLS+c];
      assign sums_valid[c] = flags[(ROWS-1)*(COLS+1)+c+1][1];
    end
  endgenerate
  assign done = flags[ROWS*(COLS+1)-1] == 2'b11;
endmodule
