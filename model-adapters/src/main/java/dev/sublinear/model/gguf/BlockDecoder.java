package dev.sublinear.model.gguf;

/** Turns blocks of one type of stored numbers into floats. */
@FunctionalInterface
interface BlockDecoder {
    /**
     * Fills {@code into} from its start with the numbers of the first {@code blocks} blocks of {@code bytes}. Nothing is
     * checked: a scale that is not finite shows in its floats.
     */
    void decode(byte[] bytes, int blocks, float[] into);
}
