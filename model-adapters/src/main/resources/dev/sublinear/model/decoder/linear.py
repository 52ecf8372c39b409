# Matrices packed for products, one class for each precision. packing.py chooses among them.
#
# T tokens, I inputs, O outputs of a matrix (O, I).


# Multiplies x (T, I): returns x @ matrix.T + bias (T, O). Both are float32.
class Linear(Interface):
    def apply(self, x: Tensor) -> Tensor:
        pass


# Float32 or bfloat16 in the layout of any tensor: for a GPU, and for bfloat16 where neither oneDNN nor FBGEMM has products.
class LinearPlain:
    matrix : Tensor
    bias : Optional[Tensor]

    def __init__(self, matrix: Tensor, bias: Optional[Tensor], dtype: int) -> NoneType:
        self.matrix = torch.to(matrix, dtype)
        if bias is not None:
            self.bias = torch.to(bias, dtype)
        else:
            self.bias = bias

    def apply(self, x: Tensor) -> Tensor:
        return torch.to(torch.linear(torch.to(x, self.matrix.dtype), self.matrix, self.bias), FLOAT32)


# Float32 in oneDNN's own layout. Its products, unlike MKL's, give a row the same bits beside any number of rows up to `most`. More
# rows are multiplied `most` at a time.
class LinearF32:
    packed : Tensor
    bias : Optional[Tensor]
    most : int

    def __init__(self, matrix: Tensor, bias: Optional[Tensor], most: int) -> NoneType:
        self.packed = ops.mkldnn._reorder_linear_weight(matrix, None)
        self.bias = bias
        self.most = most

    def apply(self, x: Tensor) -> Tensor:
        if x.size(0) <= self.most:
            y = self.product(x)
        else:
            parts : List[Tensor] = []
            for at in range(0, x.size(0), self.most):
                parts.append(self.product(x[at:at + self.most]))
            y = torch.cat(parts)
        return y

    def product(self, x: Tensor) -> Tensor:
        return ops.mkldnn._linear_pointwise(x, self.packed, self.bias, "none", [], "")


# Weights and activations rounded to bfloat16, sums in float32.
class LinearBf16:
    packed : Tensor
    bias : Optional[Tensor]

    def __init__(self, matrix: Tensor, bias: Optional[Tensor]) -> NoneType:
        self.packed = ops.mkldnn._reorder_linear_weight(torch.to(matrix, BFLOAT16), None)
        if bias is not None:
            self.bias = torch.to(bias, BFLOAT16)
        else:
            self.bias = bias

    def apply(self, x: Tensor) -> Tensor:
        return torch.to(ops.mkldnn._linear_pointwise(torch.to(x, BFLOAT16), self.packed, self.bias, "none", [], ""), FLOAT32)


# Weights rounded to float16, activations and sums float32, by FBGEMM: in place of bfloat16 on a processor that oneDNN has no such products
# for. Weights keep three bits more in as many bytes. None may be above 65504, and those below 6e-5 keep fewer bits.
class LinearF16:
    packed : __torch__.torch.classes.quantized.LinearPackedParamsBase

    def __init__(self, matrix: Tensor, bias: Optional[Tensor]) -> NoneType:
        self.packed = ops.quantized.linear_prepack_fp16(matrix, bias)

    # FBGEMM multiplies up to six rows at a time, and sums one or two in another order than more: none may be left over.
    def apply(self, x: Tensor) -> Tensor:
        count = x.size(0)
        if count <= 3:
            whole = 3
        else:
            whole = (count + 5) // 6 * 6
        if whole == count:
            y = ops.quantized.linear_dynamic_fp16(x, self.packed)
        else:
            filled = torch.constant_pad_nd(x, [0, 0, 0, whole - count])
            y = torch.narrow(ops.quantized.linear_dynamic_fp16(filled, self.packed), 0, 0, count)
        return y


# How far apart the whole multiples are that the rows of a matrix (O, I) are rounded to in 8 bits of their range: (O).
def row_steps(matrix: Tensor) -> Tensor:
    return torch.clamp_min(torch.amax(torch.abs(matrix), [1]) / 127., 1e-30)


# The rows of a matrix (O, I), each rounded to 8 bits of its own range, some at a time: beside the matrix that takes little memory.
class Int8Rows:
    numbers : Tensor
    scales : Tensor

    def __init__(self, matrix: Tensor) -> NoneType:
        scales : List[Tensor] = []
        self.numbers = torch.empty([matrix.size(0), matrix.size(1)], dtype=INT8)
        for at in range(0, matrix.size(0), 1024):
            part = matrix[at:at + 1024]
            steps = __torch__.row_steps(part)
            written = self.numbers[at:at + 1024].copy_(torch.round(part / torch.unsqueeze(steps, 1)))
            scales.append(torch.to(steps, BFLOAT16))
        self.scales = torch.cat(scales)


# The weights of each output rounded to 8 bits of its own range; activations bfloat16.
class LinearInt8:
    matrix : __torch__.Int8Rows
    bias : Optional[Tensor]

    def __init__(self, matrix: __torch__.Int8Rows, bias: Optional[Tensor]) -> NoneType:
        self.matrix = matrix
        self.bias = bias

    def apply(self, x: Tensor) -> Tensor:
        y = torch.to(torch._weight_int8pack_mm(torch.to(x, BFLOAT16), self.matrix.numbers, self.matrix.scales), FLOAT32)
        bias = self.bias
        if bias is not None:
            y = y + bias
        return y


# Weights as in LinearInt8, in FBGEMM's layout. levels: the number of whole numbers on either side of zero that activations are rounded to.
class Int8Matrix:
    packed : __torch__.torch.classes.quantized.LinearPackedParamsBase
    bias : Optional[Tensor]
    levels : int

    def __init__(self, matrix: Tensor, bias: Optional[Tensor], levels: int) -> NoneType:
        scales = torch.to(__torch__.row_steps(matrix), FLOAT64)
        # FBGEMM reads zero points as int64; others crash it.
        rounded = torch.quantize_per_channel(matrix, scales, torch.to(torch.zeros_like(scales), INT64), 0, QINT8)
        self.packed = ops.quantized.linear_prepack(rounded, None)
        self.bias = bias
        self.levels = levels

    # The largest number of each token, (T, 1). linalg_vector_norm(x, inf) is the same and takes six times as long for many tokens.
    def peaks(self, x: Tensor) -> Tensor:
        return torch.amax(torch.abs(x), [-1], True).clamp_min_(1e-30)

    # Rounds x to whole multiples of step, of which at most levels are needed, and multiplies.
    def product(self, x: Tensor, step: float) -> Tensor:
        return ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32(x, step, self.levels + 1, self.packed)

    # Products (T, O) of tokens that were divided by scales (T, 1), as those of the tokens themselves. Overwrites y.
    def scaled(self, y: Tensor, scales: Tensor) -> Tensor:
        y = y.mul_(scales)
        bias = self.bias
        if bias is not None:
            y = y + bias
        return y


# The activations of each token are rounded, too: to 8 bits of its own range, or 7; products are of whole numbers. FBGEMM's linear_dynamic
# takes one range for all tokens of a call, so that a token would depend on its neighbours.
class LinearInt8Dynamic:
    matrix : __torch__.Int8Matrix

    def __init__(self, matrix: __torch__.Int8Matrix) -> NoneType:
        self.matrix = matrix

    def apply(self, x: Tensor) -> Tensor:
        peaks = self.matrix.peaks(x)
        return self.matrix.scaled(self.matrix.product(x / peaks, 1. / self.matrix.levels), peaks)


# The same twice: the rounding error of a token is rounded, too, and multiplied beside it, so that the weights are read once. That doubles the
# time for many tokens, and hardly changes it for few.
class LinearInt8DynamicTwice:
    matrix : __torch__.Int8Matrix

    def __init__(self, matrix: __torch__.Int8Matrix) -> NoneType:
        self.matrix = matrix

    def apply(self, x: Tensor) -> Tensor:
        levels = self.matrix.levels
        steps = self.matrix.peaks(x).div_(levels)
        multiples = x / steps
        whole = torch.round(multiples)
        rest = multiples.sub_(whole).mul_(2 * levels)
        y, of_rest = self.matrix.product(torch.cat([whole, rest]), 1.).chunk(2)
        return self.matrix.scaled(y.add_(of_rest, alpha=0.5 / levels), steps)


# Whole numbers from 0 to 15 in groups of GROUP inputs, each with a step and a zero in bfloat16: a weight is (number - 8) * step + zero.
# Activations bfloat16, sums in float32. Outputs and inputs are filled up with zeros to what libtorch's layout takes.
class LinearInt4:
    packed : Tensor
    steps : Tensor
    outputs : int
    missing : int
    bias : Optional[Tensor]

    def __init__(self, packed: Tensor, steps: Tensor, outputs: int, missing: int, bias: Optional[Tensor]) -> NoneType:
        self.packed = packed
        self.steps = steps
        self.outputs = outputs
        self.missing = missing
        self.bias = bias

    def apply(self, x: Tensor) -> Tensor:
        short = torch.to(x, BFLOAT16)
        if self.missing > 0:
            short = torch.constant_pad_nd(short, [0, self.missing])
        y = torch.to(torch._weight_int4pack_mm_for_cpu(short, self.packed, GROUP, self.steps), FLOAT32)
        if y.size(1) > self.outputs:
            y = torch.narrow(y, 1, 0, self.outputs)
        bias = self.bias
        if bias is not None:
            y = y + bias
        return y
