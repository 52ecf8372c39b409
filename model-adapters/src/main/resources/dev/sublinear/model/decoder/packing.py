# How matrices get into the layouts of linear.py. Packing.java calls these functions through the methods of Kernels.
#
# T tokens, I inputs, O outputs of a matrix (O, I), V rows and D columns of a table.


# Packs matrices for products in a precision. plain: as LinearPlain, most: see LinearF32, levels: see Int8Matrix.
class Packer:
    precision : str
    plain : bool
    most : int
    levels : int

    def __init__(self, precision: str, plain: bool, most: int, levels: int) -> NoneType:
        self.precision = precision
        self.plain = plain
        self.most = most
        self.levels = levels

    # roundings: how often int8-dynamic rounds what the matrix is multiplied with.
    def pack(self, matrix: Tensor, bias: Optional[Tensor], roundings: int) -> __torch__.Linear:
        precision = self.precision
        if self.plain and precision == "f32":
            linear : __torch__.Linear = __torch__.LinearPlain(matrix, bias, FLOAT32)
        elif self.plain:
            linear : __torch__.Linear = __torch__.LinearPlain(matrix, bias, BFLOAT16)
        elif precision == "f32":
            linear : __torch__.Linear = __torch__.LinearF32(matrix, bias, self.most)
        elif precision == "bf16" and ops.mkldnn._is_mkldnn_bf16_supported():
            linear : __torch__.Linear = __torch__.LinearBf16(matrix, bias)
        elif precision == "bf16" and torch.item(torch.amax(torch.abs(matrix))) <= 65504.:
            linear : __torch__.Linear = __torch__.LinearF16(matrix, bias)
        elif precision == "bf16":
            linear : __torch__.Linear = __torch__.LinearPlain(matrix, bias, BFLOAT16)
        elif precision == "int8":
            linear : __torch__.Linear = __torch__.LinearInt8(matrix, bias)
        elif roundings == 1:
            linear : __torch__.Linear = __torch__.LinearInt8Dynamic(__torch__.Int8Matrix(matrix, bias, self.levels))
        else:
            linear : __torch__.Linear = __torch__.LinearInt8DynamicTwice(__torch__.Int8Matrix(matrix, bias, self.levels))
        return linear


# Finds out what the processor allows of products in a precision.
def packer(precision: str, on_gpu: bool, has_fbgemm: bool) -> __torch__.Packer:
    plain = on_gpu or (precision == "bf16" and not (has_fbgemm or ops.mkldnn._is_mkldnn_bf16_supported()))
    most = 0
    levels = 0
    if not on_gpu and precision == "f32":
        most = __torch__.rows_alike()
    if not on_gpu and precision == "int8-dynamic":
        levels = __torch__.activation_levels()
    return __torch__.Packer(precision, plain, most, levels)


# How many rows a product in float32 may have so that oneDNN gives each the same bits: any number with AVX-512; 80 with AVX2, of which 64
# are used.
def rows_alike() -> int:
    unbounded = 1 << 40
    x = torch.sin(torch.arange(128 * 576, dtype=FLOAT32)).view([128, 576])
    linear = __torch__.LinearF32(torch.cos(torch.arange(64 * 576, dtype=FLOAT32)).view([64, 576]), None, unbounded)
    whole = linear.apply(x)
    most = unbounded
    for rows in [1, 3, 16, 64, 80, 96]:
        if not torch.equal(linear.apply(x[:rows]), whole[:rows]):
            most = 64
    return most


# To how many whole numbers on either side of zero FBGEMM can round activations: on a processor without VNNI it sums pairs of products in
# 16 bits, which 8-bit activations overflow.
def activation_levels() -> int:
    ones = torch.ones([1, 64])
    largest = __torch__.LinearInt8Dynamic(__torch__.Int8Matrix(ones, None, 127)).apply(ones)
    if torch.item(torch.lt(torch.abs(largest[0, 0] - 64.), 0.01)):
        levels = 127
    else:
        levels = 63
    return levels


# A matrix (V, D) of which rows will be read, of numbers that are called as in DJL.
def table(matrix: Tensor, numbers: str) -> Tensor:
    if numbers == "float32":
        table = matrix
    else:
        table = torch.to(matrix, BFLOAT16)
    return table


# The rows (T, D) of a matrix (V, D) at T indices, int64.
def rows(matrix: Tensor, indices: Tensor) -> Tensor:
    return torch.to(torch.index_select(matrix, 0, indices), FLOAT32)


# 1 if the first rows of x (T, I) alone get the bits that they get among all, for any number of them, else 0.
def invariant_linear(linear: __torch__.Linear, x: Tensor) -> int:
    same = 1
    all = linear.apply(x)
    for rows in range(1, x.size(0)):
        if not torch.equal(linear.apply(x[:rows]), all[:rows]):
            same = 0
    return same
