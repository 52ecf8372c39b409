package dev.sublinear.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/** What a file is known by: a replaced or rewritten one differs in at least one of these. */
public record FileIdentity(
        long size, FileTime modified, @Nullable Object key) {

    /** Of the file that is there now. */
    public static FileIdentity of(Path path) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        return new FileIdentity(attributes.size(), attributes.lastModifiedTime(), attributes.fileKey());
    }
}
