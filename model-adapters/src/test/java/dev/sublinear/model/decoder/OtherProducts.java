package dev.sublinear.model.decoder;

import dev.sublinear.model.CausalLm;
import dev.sublinear.model.Execution;
import dev.sublinear.model.LoadListener;
import dev.sublinear.model.attention.DecodeAttention;
import dev.sublinear.model.huggingface.HuggingFaceCheckpoint;

/**
 * A decoder in float32 whose products are MKL's in place of oneDNN's packed ones. MKL adds up a row in another order when it
 * comes with fewer than four, on many processors, so what a token gets depends on the tokens beside it.
 */
public enum OtherProducts {
    /** As many rows as a step happens to have. */
    UNPADDED("__torch__.LinearPlain(matrix, bias, 6)", ""),

    /** At least four. */
    PADDED("__torch__.LinearPadded(matrix, bias)", """
            class LinearPadded:
                plain : __torch__.LinearPlain

                def __init__(self, matrix: Tensor, bias: Optional[Tensor]) -> NoneType:
                    self.plain = __torch__.LinearPlain(matrix, bias, 6)

                def apply(self, x: Tensor) -> Tensor:
                    rows = x
                    while rows.size(0) < 4:
                        rows = torch.cat([rows, rows])
                    return self.plain.apply(rows)[:x.size(0)]


            """);

    private static final String PACKED = "__torch__.LinearF32(matrix, bias, self.most)";

    private final String made;
    private final String defined;

    OtherProducts(String made, String defined) {
        this.made = made;
        this.defined = defined;
    }

    public CausalLm load(HuggingFaceCheckpoint directory, Execution execution) {
        String script = ScriptSource.text();
        if (!script.contains(PACKED)) {
            throw new IllegalStateException("the kernels no longer pack matrices with " + PACKED);
        }
        String other = defined + script.replace(PACKED, made);
        return DecoderLm.load(directory, execution, LoadListener.NONE, other, DecodeAttention::resolve);
    }
}
