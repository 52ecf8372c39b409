# How matrices get into the layouts of linear.py: one class for each precision. Packing.java calls these functions through the methods of Kernels.
#
# T tokens, I inputs, O outputs of a matrix (O, I).


# Packs a matrix (O, I), and what is added to its products (O), in one precision. roundings: how often the inputs of products are rounded, where
# the precision rounds them to 8 bits or fewer.
class Packer(Interface):
    def pack(self, matrix: Tensor, bias: Optional[Tensor], roundings: int) -> __torch__.Linear:
        pass


class PackerPlain:
    dtype : int

    def __init__(self, dtype: int) -> NoneType:
        self.dtype = dtype

    def pack(self, matrix: Tensor, bias: Optional[Tensor], roundings: int) -> __torch__.Linear:
        linear : __torch__.Linear = __torch__.LinearPlain(matrix, bias, self.dtype)
        return linear


# most: see LinearF32.
class PackerF32:
    most : int

    def __init__(self, most: int) -> NoneType:
        self.most = most

    def pack(self, matrix: Tensor, bias: Optional[Tensor], roundings: int) -> __torch__.Linear:
        linear : __torch__.Linear = __torch__.LinearF32(matrix, bias, self.most)
        return linear


class PackerBf16:
    def __init__(self) -> NoneType:
        pass

    def pack(self, matrix: Tensor, bias: Optional[Tensor], roundings: int) -> __torch__.Linear:
        linear : __torch__.Linear = __torch__.LinearBf16(matrix, bias)
        return linear


# Float16 has no numbers beyond 65504; a matrix with larger ones stays bfloat16.
class PackerF16:
    def __init__(self) -> NoneType:
        pass

    def pack(self, matrix: Tensor, bias: Optional[Tensor], roundings: int) -> __torch__.Linear:
        if torch.item(torch.amax(torch.abs(matrix))) <= 65504.:
            linear : __torch__.Linear = __torch__.LinearF16(matrix, bias)
        else:
            linear : __torch__.Linear = __torch__.LinearPlain(matrix, bias, BFLOAT16)
        return linear


class PackerInt8:
    def __init__(self) -> NoneType:
        pass

    def pack(self, matrix: Tensor, bias: Optional[Tensor], roundings: int) -> __torch__.Linear:
        linear : __torch__.Linear = __torch__.LinearInt8(__torch__.Int8Rows(matrix), bias)
        return linear


class PackerInt4:
    def __init__(self) -> NoneType:
        pass

    def pack(self, matrix: Tensor, bias: Optional[Tensor], roundings: int) -> __torch__.Linear:
        unknown = torch.zeros([matrix.size(0), (matrix.size(1) + GROUP - 1) // GROUP, 2])
        linear : __torch__.Linear = __torch__.pack_int4(matrix, unknown, bias)
        return linear


# levels: see Int8Matrix.
class PackerInt8Dynamic:
    levels : int

    def __init__(self, levels: int) -> NoneType:
        self.levels = levels

    def pack(self, matrix: Tensor, bias: Optional[Tensor], roundings: int) -> __torch__.Linear:
        rounded = __torch__.Int8Matrix(matrix, bias, self.levels)
        if roundings == 1:
            linear : __torch__.Linear = __torch__.LinearInt8Dynamic(rounded)
        else:
            linear : __torch__.Linear = __torch__.LinearInt8DynamicTwice(rounded)
        return linear


# The packer of a precision, by what the processor has products for.
def packer(precision: str, on_gpu: bool, has_fbgemm: bool) -> __torch__.Packer:
    if on_gpu and precision == "f32":
        packer : __torch__.Packer = __torch__.PackerPlain(FLOAT32)
    elif on_gpu:
        packer : __torch__.Packer = __torch__.PackerPlain(BFLOAT16)
    elif precision == "f32":
        packer : __torch__.Packer = __torch__.PackerF32(__torch__.rows_alike())
    elif precision == "bf16" and ops.mkldnn._is_mkldnn_bf16_supported():
        packer : __torch__.Packer = __torch__.PackerBf16()
    elif precision == "bf16" and has_fbgemm:
        packer : __torch__.Packer = __torch__.PackerF16()
    elif precision == "bf16":
        packer : __torch__.Packer = __torch__.PackerPlain(BFLOAT16)
    elif precision == "int8":
        packer : __torch__.Packer = __torch__.PackerInt8()
    elif precision == "int4":
        packer : __torch__.Packer = __torch__.PackerInt4()
    elif precision == "int8-dynamic":
        packer : __torch__.Packer = __torch__.PackerInt8Dynamic(__torch__.activation_levels())
    else:
        ops.prim.RaiseException("packer knows no precision of this name")
        packer : __torch__.Packer = __torch__.PackerPlain(FLOAT32)
    return packer


# The tensor of a list of one, and nothing of an empty one.
def only(tensors: List[Tensor]) -> Optional[Tensor]:
    if len(tensors) == 0:
        found : Optional[Tensor] = None
    else:
        found = tensors[0]
    return found


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


# A matrix (O, I) in 4 bits. grid (O, I / GROUP, 2): the step and the zero of each group where the checkpoint stores it so, whose numbers are then
# found again; a step of 0 elsewhere, where the range of a group is divided into 15 steps.
def pack_int4(matrix: Tensor, grid: Tensor, bias: Optional[Tensor]) -> __torch__.LinearInt4:
    outputs = matrix.size(0)
    missing = grid.size(1) * GROUP - matrix.size(1)
    steps : List[Tensor] = []
    packed : List[Tensor] = []
    # Packing needs 4 bytes a weight; whole blocks of rows may be packed apart.
    for at in range(0, outputs, 1024):
        rows = min(1024, outputs - at)
        fill = (rows + 15) // 16 * 16 - rows
        part = torch.constant_pad_nd(matrix[at:at + rows], [0, missing, 0, fill]).view([rows + fill, -1, GROUP])
        told = torch.constant_pad_nd(grid[at:at + rows], [0, 0, 0, 0, 0, fill])
        numbers, used = __torch__.on_grid(part, told)
        packed.append(torch._convert_weight_to_int4pack_for_cpu(torch.to(numbers, INT32).view([rows + fill, -1]), 1))
        steps.append(used)
    return __torch__.LinearInt4(torch.cat(packed), torch.cat(steps, 1).contiguous(), outputs, missing, bias)


# The whole numbers (O, g, GROUP) of groups of weights, and their steps and zeros (g, O, 2).
def on_grid(weights: Tensor, told: Tensor) -> Tuple[Tensor, Tensor]:
    least = torch.amin(weights, [2])
    # Rounded before they are used, so that numbers make up for it.
    step = torch.to(torch.to(torch.sub(torch.amax(weights, [2]), least) / 15., BFLOAT16), FLOAT32)
    zero = torch.to(torch.to(least + step * 8., BFLOAT16), FLOAT32)
    known = torch.ne(told[:, :, 0], 0.)
    step = torch.where(known, told[:, :, 0], step)
    zero = torch.where(known, told[:, :, 1], zero)
    divisor = torch.where(torch.eq(step, 0.), torch.ones_like(step), step)
    numbers = torch.sub(weights, zero.unsqueeze(2)).div_(divisor.unsqueeze(2)).round_().add_(8.).clamp_(0., 15.)
    return (numbers, torch.to(torch.stack([step, zero], 2).transpose(0, 1), BFLOAT16))


# 1 if the first rows of x (T, I) alone get the bits that they get among all, for any number of them, else 0.
def invariant_linear(linear: __torch__.Linear, x: Tensor) -> int:
    same = 1
    all = linear.apply(x)
    for rows in range(1, x.size(0)):
        if not torch.equal(linear.apply(x[:rows]), all[:rows]):
            same = 0
    return same
