// Every processing element keeps the sum of one element of C. Operands enter at the left and at the top, held back a clock for each row or
// column by the delays in front of the array, and move on by a register a clock. `first` and `last` travel with the operands of A: a sum
// begins anew at the first pair, and the fold is over when the last pair has reached the last element.
module output_stationary_element (
    input clk,
    input reset,
    input signed [7:0] a_in,
    input [2:0] flags_in,
    input signed [7:0] b_in,
    output reg signed [7:0] a_out,
    output reg [2:0] flags_out,
    output reg signed [7:0] b_out,
    output reg signed [31:0] sum
);
  wire is_valid = flags_in[2];
  wire is_first = flags_in[1];
  always @(posedge clk) begin
    a_out <= a_in;
    flags_out <= reset ? 0 : flags_in;
    b_out <= b_in;
    if (is_valid) sum <= (is_first ? 32'sd0 : sum) + 32'(a_in) * 32'(b_in);
  end
endmodule

module output_stationary_array #(
    parameter ROWS = 4,
    parameter COLS = 4
) (
    input clk,
    input reset,
    input valid,
    input first,
    input last,
    input [8*ROWS-1:0] a,
    input [8*COLS-1:0] b,
    output done,
    output [32*ROWS*COLS-1:0] sums
);
  // Column 0 and row 0 are the edges.
  wire signed [7:0] right[0:ROWS*(COLS+1)-1];
  wire [2:0] flags[0:ROWS*(COLS+1)-1];
  wire signed [7:0] down[0:(ROWS+1)*COLS-1];

  genvar r, c;
  generate
    for (r = 0; r < ROWS; r = r + 1) begin : row
      delay_line #(8, r) a_delay (.clk(clk), .reset(reset), .in(a[8*r+:8]), .out(right[r*(COLS+1)]));
      delay_line #(3, r) flag_delay (.clk(clk), .reset(reset), .in({valid, first, last}), .out(flags[r*(COLS+1)]));
      for (c = 0; c < COLS; c = c + 1) begin : col
        output_stationary_element element (
            .clk(clk), .reset(reset),
            .a_in(right[r*(COLS+1)+c]), .flags_in(flags[r*(COLS+1)+c]), .b_in(down[r*COLS+c]),
            .a_out(right[r*(COLS+1)+c+1]), .flags_out(flags[r*(COLS+1)+c+1]), .b_out(down[(r+1)*COLS+c]),
            .sum(sums[32*(r*COLS+c)+:32])
        );
      end
    end
    for (c = 0; c < COLS; c = c + 1) begin : column
      delay_line #(8, c) b_delay (.clk(clk), .reset(reset), .in(b[8*c+:8]), .out(down[c]));
    end
  endgenerate
  assign done = flags[ROWS*(COLS+1)-1][2] && flags[ROWS*(COLS+1)-1][0];
endmodule
