package dev.sublinear.model.gguf;

/** Turns stored numbers of one type into floats. */
@FunctionalInterface
interface Decoder {
    /**
     * Fills {@code into} from its start with the numbers of the first {@code blocks} blocks of {@code bytes}. Nothing is
     * checked: a scale that is not finite shows in its floats.
     */
    void decode(byte[] bytes, int blocks, float[] into);
}
