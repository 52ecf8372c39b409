# Tables of which rows are looked up, such as the embedding.
#
# T indices, V rows and D columns of a table.


# A matrix (V, D) of which rows will be read: (T, D) in float32 at T indices, int64.
class Table(Interface):
    def rows(self, indices: Tensor) -> Tensor:
        pass


class TablePlain:
    matrix : Tensor

    def __init__(self, matrix: Tensor) -> NoneType:
        self.matrix = matrix

    def rows(self, indices: Tensor) -> Tensor:
        return __torch__.rows(self.matrix, indices)


# Rows in 8 bits, to be multiplied by a factor.
class TableInt8:
    matrix : __torch__.Int8Rows
    factor : float

    def __init__(self, matrix: __torch__.Int8Rows, factor: float) -> NoneType:
        self.matrix = matrix
        self.factor = factor

    def rows(self, indices: Tensor) -> Tensor:
        scales = __torch__.rows(self.matrix.scales, indices) * self.factor
        return __torch__.rows(self.matrix.numbers, indices).mul_(scales.unsqueeze(1))


# A table of numbers that are called as in DJL. Overwrites the matrix.
def table(matrix: Tensor, numbers: str, factor: float) -> __torch__.Table:
    if numbers == "float32":
        table : __torch__.Table = __torch__.TablePlain(matrix.mul_(factor))
    elif numbers == "int8":
        table : __torch__.Table = __torch__.TableInt8(__torch__.Int8Rows(matrix), factor)
    else:
        table : __torch__.Table = __torch__.TablePlain(torch.to(matrix.mul_(factor), BFLOAT16))
    return table


# The rows (T, ...) of a tensor at T indices, int64, in float32.
def rows(tensor: Tensor, indices: Tensor) -> Tensor:
    return torch.to(torch.index_select(tensor, 0, indices), FLOAT32)


# The products of a head whose rows are those of the table: one copy for both.
def tied_head(table: __torch__.TableInt8) -> __torch__.Linear:
    linear : __torch__.Linear = __torch__.LinearInt8(table.matrix, None)
    return linear
