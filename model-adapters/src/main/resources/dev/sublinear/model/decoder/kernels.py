# The methods that Java calls, by name. Each is one line: what they do is written where the line leads.


class Kernels(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool

    # Packing.java: packing.py, table.py.

    def packer(self, precision: str, on_gpu: bool, has_fbgemm: bool) -> __torch__.Packer:
        return __torch__.packer(precision, on_gpu, has_fbgemm)

    def pack(self, matrix: Tensor, bias: List[Tensor], packer: __torch__.Packer, roundings: int) -> __torch__.Linear:
        return packer.pack(matrix, __torch__.only(bias), roundings)

    def linear(self, x: Tensor, linear: __torch__.Linear) -> Tensor:
        return linear.apply(x)

    def pack_on_grid(self, matrix: Tensor, grid: Tensor, bias: List[Tensor]) -> __torch__.Linear:
        return __torch__.pack_int4(matrix, grid, __torch__.only(bias))

    def table(self, matrix: Tensor, numbers: str, factor: float) -> __torch__.Table:
        return __torch__.table(matrix, numbers, factor)

    def rows_of(self, table: __torch__.Table, indices: Tensor) -> Tensor:
        return table.rows(indices)

    def tied_head(self, table: __torch__.TableInt8) -> __torch__.Linear:
        return __torch__.tied_head(table)

    def rows(self, matrix: Tensor, indices: Tensor) -> Tensor:
        return __torch__.rows(matrix, indices)

    def invariant_linear(self, linear: __torch__.Linear, x: Tensor) -> int:
        return __torch__.invariant_linear(linear, x)

    # LayerKernels.java: norm.py, feed_forward.py, layer.py.

    def no_norm(self) -> __torch__.Norm:
        norm : __torch__.Norm = __torch__.NoNorm()
        return norm

    def rms_norm(self, weight: Tensor, epsilon: float) -> __torch__.Norm:
        norm : __torch__.Norm = __torch__.RmsNorm(weight, epsilon)
        return norm

    def layer_norm(self, weight: Tensor, bias: Tensor, epsilon: float) -> __torch__.Norm:
        norm : __torch__.Norm = __torch__.LayerNorm(weight, bias, epsilon)
        return norm

    def head_norm(self, query: Tensor, key: Tensor, wide: bool, heads: int, kv_heads: int, epsilon: float) -> __torch__.Norm:
        return __torch__.head_norm(query, key, wide, heads, kv_heads, epsilon)

    def gated(self, gate_up: __torch__.Linear, down: __torch__.Linear, activation: str) -> __torch__.FeedForward:
        ffn : __torch__.FeedForward = __torch__.Gated(gate_up, down, activation)
        return ffn

    def plain(self, up: __torch__.Linear, down: __torch__.Linear, activation: str) -> __torch__.FeedForward:
        ffn : __torch__.FeedForward = __torch__.Plain(up, down, activation)
        return ffn

    def experts(self, router: __torch__.Linear, chosen: int, normalized: bool) -> __torch__.Experts:
        return __torch__.Experts(router, chosen, normalized)

    def add_expert(self, experts: __torch__.Experts, expert: __torch__.FeedForward) -> __torch__.Experts:
        added = experts.add(expert)
        return experts

    def add_shared(self, experts: __torch__.Experts, expert: __torch__.FeedForward, share: __torch__.Linear) -> __torch__.Experts:
        added = experts.add_shared(expert, share)
        return experts

    def attention(self, scale: float, cap: float, window: int, rotation: int, exact: bool, alike: bool) -> __torch__.Attention:
        return __torch__.Attention(scale, cap, window, rotation, exact, alike)

    def layer(self, attention_norm: __torch__.Norm, query_key_value: __torch__.Linear, head_norm: __torch__.Norm, attention: __torch__.Attention, attention_out: __torch__.Linear, after_attention: __torch__.Norm, ffn_norm: __torch__.Norm, ffn: __torch__.FeedForward, after_ffn: __torch__.Norm, parallel: bool) -> __torch__.Layer:
        return __torch__.Layer(attention_norm, query_key_value, head_norm, attention, attention_out, after_attention, ffn_norm, ffn, after_ffn, parallel)

    def products_are_alike(self, size: int) -> bool:
        return __torch__.products_are_alike(size)

    # LayerPass.java, TorchAttention.java and OutputHead.java: layer.py, attention.py.

    def between(self, x: Tensor, heads: Tensor, attended: Tensor, kv_heads: int, layers: List[__torch__.Layer], index: int) -> int:
        return __torch__.between(x, heads, attended, kv_heads, layers, index)

    def attend(self, heads: Tensor, attended: Tensor, layer: __torch__.Layer, rotations: List[Tensor], tensors: List[Tensor], numbers: List[int]) -> List[Tensor]:
        return layer.attention.attend_into(attended, heads, rotations, __torch__.chunks(tensors, numbers))

    def all_layers(self, x: Tensor, layers: List[__torch__.Layer], rotations: List[Tensor], tensors: List[Tensor], numbers: List[int]) -> List[Tensor]:
        return __torch__.all_layers(x, layers, rotations, __torch__.chunks(tensors, numbers))

    def logits(self, x: Tensor, norm: __torch__.Norm, head: __torch__.Linear, cap: float) -> Tensor:
        return __torch__.logits(x, norm, head, cap)

    # StepParts.java: measure.py.

    def invariant(self, layer: __torch__.Layer, x: Tensor, attended: Tensor) -> List[int]:
        return __torch__.invariant(layer, x, attended)

    def products(self, x: Tensor, attended: Tensor, inner: Tensor, layers: List[__torch__.Layer]) -> Tensor:
        return __torch__.products(x, attended, inner, layers)

    def attention_over(self, query: Tensor, layers: List[__torch__.Layer], tensors: List[Tensor], numbers: List[int]) -> Tensor:
        return __torch__.attention_over(query, layers, __torch__.chunks(tensors, numbers))

    def copy(self, source: Tensor, target: Tensor) -> Tensor:
        return target.copy_(source)
