// Arrays of 2 x 2 to 16 x 16, and of 2 x 16 to 16 x 2; one of them runs, as +rows and +cols say.
module all_sizes ();
  genvar size;
  generate
    for (size = 2; size <= 16; size = size + 1) begin : sizes
      product_bench #(size, size) square ();
      if (size != 9) begin : wide
        product_bench #(size, 18 - size) rectangle ();
      end
    end
  endgenerate
endmodule
