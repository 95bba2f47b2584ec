// Holds a value back so many clocks.
module delay_line #(
    parameter WIDTH = 8,
    parameter CLOCKS = 1
) (
    input clk,
    input reset,
    input [WIDTH-1:0] in,
    output [WIDTH-1:0] out
);
  generate
    if (CLOCKS == 0) begin : direct
      assign out = in;
    end else begin : delayed
      reg [CLOCKS*WIDTH-1:0] held;
      always @(posedge clk) held <= reset ? 0 : (CLOCKS * WIDTH)'({held, in});
      assign out = held[CLOCKS*WIDTH-1-:WIDTH];
    end
  endgenerate
endmodule
