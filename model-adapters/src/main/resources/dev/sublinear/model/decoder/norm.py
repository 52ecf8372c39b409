# Norms of a layer and of the heads of its attention.
#
# T tokens of a step, D hidden size, S numbers in a head.


# A norm divides a row by its size and multiplies it by weights: (..., D) to (..., D).
class Norm(Interface):
    def apply(self, x: Tensor) -> Tensor:
        pass


class NoNorm:
    def __init__(self) -> NoneType:
        pass

    def apply(self, x: Tensor) -> Tensor:
        return x


# x / √(mean(x²) + ε) · weight, as x / √(|x|² + D ε) · (√D weight): half the operations that torch.rms_norm is made of.
class RmsNorm:
    weight : Tensor
    floor : Tensor

    def __init__(self, weight: Tensor, epsilon: float) -> NoneType:
        size = torch.full([1], weight.size(0), dtype=FLOAT32, device=weight.device)
        self.weight = weight * torch.sqrt(size)
        self.floor = torch.sqrt(size * epsilon)

    def apply(self, x: Tensor) -> Tensor:
        length = torch.linalg_vector_norm(x, 2, [-1], True)
        return torch.div(x, torch.hypot(length, self.floor)).mul_(self.weight)


class LayerNorm:
    weight : Tensor
    bias : Tensor
    epsilon : float

    def __init__(self, weight: Tensor, bias: Tensor, epsilon: float) -> NoneType:
        self.weight = weight
        self.bias = bias
        self.epsilon = epsilon

    def apply(self, x: Tensor) -> Tensor:
        return torch.layer_norm(x, [x.size(-1)], self.weight, self.bias, self.epsilon)


# The norm of queries and keys (T, heads, S) that measures each head by itself; weight (heads, S).
class EachHeadNorm:
    weight : Tensor
    epsilon : float

    def __init__(self, weight: Tensor, epsilon: float) -> NoneType:
        self.weight = weight
        self.epsilon = epsilon

    def apply(self, x: Tensor) -> Tensor:
        return torch.rms_norm(x, [x.size(-1)], None, self.epsilon) * self.weight


# The norm of queries and keys that measures all query heads together, and all key heads together.
class WideHeadNorm:
    query : Tensor
    key : Tensor
    epsilon : float

    def __init__(self, query: Tensor, key: Tensor, epsilon: float) -> NoneType:
        self.query = query
        self.key = key
        self.epsilon = epsilon

    def apply(self, x: Tensor) -> Tensor:
        queries = self.query.size(0)
        keys = self.key.size(0)
        flat = torch.flatten(x, 1, 2)
        query = torch.rms_norm(flat[:, :queries], [queries], self.query, self.epsilon)
        key = torch.rms_norm(flat[:, queries:], [keys], self.key, self.epsilon)
        return torch.cat([query, key], 1).view(x.size())


# The norm of queries and keys. query, key: weights of one head each, (S), or, if wide, of all heads.
def head_norm(query: Tensor, key: Tensor, wide: bool, heads: int, kv_heads: int, epsilon: float) -> __torch__.Norm:
    if wide:
        norm : __torch__.Norm = __torch__.WideHeadNorm(query, key, epsilon)
    else:
        weight = torch.cat([query.expand([heads, -1]), key.expand([kv_heads, -1])])
        norm : __torch__.Norm = __torch__.EachHeadNorm(weight, epsilon)
    return norm
