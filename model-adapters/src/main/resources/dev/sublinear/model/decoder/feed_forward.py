# Feed-forward networks.
#
# T tokens of a step, D hidden size.


# A feed-forward network: (T, D) to (T, D). products: its matrices alone, to be measured; inner: an input of the last one.
class FeedForward(Interface):
    def apply(self, x: Tensor) -> Tensor:
        pass

    def products(self, x: Tensor, inner: Tensor) -> Tensor:
        pass


class Gated:
    gate_up : __torch__.Linear
    down : __torch__.Linear
    activation : str

    def __init__(self, gate_up: __torch__.Linear, down: __torch__.Linear, activation: str) -> NoneType:
        self.gate_up = gate_up
        self.down = down
        self.activation = activation

    def apply(self, x: Tensor) -> Tensor:
        gate, up = self.gate_up.apply(x).chunk(2, -1)
        activation = self.activation
        if activation == "silu":
            opened = torch.silu_(gate)
        elif activation == "gelu":
            opened = torch.gelu(gate)
        else:
            opened = torch.gelu(gate, approximate="tanh")
        return self.down.apply(opened.mul_(up))

    def products(self, x: Tensor, inner: Tensor) -> Tensor:
        wide = self.gate_up.apply(x)
        return self.down.apply(inner)


class Plain:
    up : __torch__.Linear
    down : __torch__.Linear
    activation : str

    def __init__(self, up: __torch__.Linear, down: __torch__.Linear, activation: str) -> NoneType:
        self.up = up
        self.down = down
        self.activation = activation

    def apply(self, x: Tensor) -> Tensor:
        inner = self.up.apply(x)
        activation = self.activation
        if activation == "silu":
            opened = torch.silu(inner)
        elif activation == "gelu":
            opened = torch.gelu(inner)
        else:
            opened = torch.gelu(inner, approximate="tanh")
        return self.down.apply(opened)

    def products(self, x: Tensor, inner: Tensor) -> Tensor:
        wide = self.up.apply(x)
        return self.down.apply(inner)


# Several feed-forward networks. The router chooses some of them for each token; a shared one, if there is one, reads all tokens. The rows of
# an expert are padded to four: from four rows on, a product gives a row the same bits among any number of rows.
class Experts:
    router : __torch__.Linear
    experts : List[__torch__.FeedForward]
    chosen : int
    normalized : bool
    shared : Optional[__torch__.FeedForward]
    share : Optional[__torch__.Linear]

    def __init__(self, router: __torch__.Linear, chosen: int, normalized: bool) -> NoneType:
        self.router = router
        self.experts = annotate(List[__torch__.FeedForward], [])
        self.chosen = chosen
        self.normalized = normalized
        self.shared = None
        self.share = None

    def add(self, expert: __torch__.FeedForward) -> NoneType:
        self.experts.append(expert)

    def add_shared(self, expert: __torch__.FeedForward, share: __torch__.Linear) -> NoneType:
        self.shared = expert
        self.share = share

    def apply(self, x: Tensor) -> Tensor:
        likely, which = torch.topk(torch.softmax(self.router.apply(x), -1), self.chosen)
        if self.normalized:
            likely = likely / torch.sum(likely, [-1], True)
        out = torch.zeros_like(x)
        for index in range(len(self.experts)):
            places = torch.nonzero(torch.eq(which, index))
            count = places.size(0)
            if count > 0:
                tokens = places[:, 0]
                rows = torch.index_select(x, 0, tokens)
                while rows.size(0) < 4:
                    rows = torch.cat([rows, rows])
                said = self.experts[index].apply(rows)[:count]
                out.index_add_(0, tokens, said * likely[tokens, places[:, 1]].unsqueeze(1))
        shared = self.shared
        share = self.share
        if shared is not None and share is not None:
            out = out + torch.sigmoid(share.apply(x)) * shared.apply(x)
        return out

    def products(self, x: Tensor, inner: Tensor) -> Tensor:
        out = self.router.apply(x)
        for index in range(self.chosen):
            out = self.experts[index].products(x, inner)
        return out
