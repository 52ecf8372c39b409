package dev.sublinear.model.hub;

import dev.sublinear.model.checkpoint.CheckpointException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Finds the GGUF that a name means among those of a repository, in one file or split into several. */
final class GgufChoice {
    private static final Pattern SPLIT = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf", Pattern.CASE_INSENSITIVE);
    private static final int MOST_TOLD = 40;

    private GgufChoice() {}

    static boolean isGguf(RepoFile file) {
        return file.path().toLowerCase(Locale.ROOT).endsWith(".gguf");
    }

    /**
     * The file that has the name, or the only one in whose name the quantisation stands as a word of its own: not Q4_K in
     * Q4_K_M.
     *
     * @return its parts in order
     * @throws CheckpointException if there is none or more than one; it says which there are
     */
    static List<RepoFile> of(HubName name, List<RepoFile> all) {
        List<List<RepoFile>> models = models(all);
        List<List<RepoFile>> fitting = models.stream()
                .filter(parts -> parts.stream().anyMatch(file -> file.path().equals(name.part())))
                .toList();
        if (fitting.isEmpty()) {
            Predicate<String> meant = meant(name);
            fitting = models.stream()
                    .filter(parts -> meant.test(model(parts.get(0))))
                    .toList();
        }
        if (fitting.size() != 1) {
            String rule = models.isEmpty()
                    ? "has no GGUF"
                    : (fitting.isEmpty() ? "has no GGUF of that name; " : "has more than one GGUF of that name; ")
                            + "take one of " + offers(name, all);
            throw new CheckpointException(name.toString(), rule);
        }
        return whole(name, fitting.get(0));
    }

    /** The names of all that can be chosen. */
    static String offers(HubName name, List<RepoFile> all) {
        List<String> names = new ArrayList<>();
        models(all).forEach(parts -> names.add(name.with(parts.get(0).path()).toString()));
        String told = names.stream().limit(MOST_TOLD).collect(Collectors.joining(", "));
        return names.size() > MOST_TOLD ? told + ", and " + (names.size() - MOST_TOLD) + " more" : told;
    }

    private static Predicate<String> meant(HubName name) {
        if (name.namesFile()) {
            return model -> model.equalsIgnoreCase(name.part())
                    || model.toLowerCase(Locale.ROOT).endsWith("/" + name.part().toLowerCase(Locale.ROOT));
        }
        Pattern word = Pattern.compile(
                "(?:^|[^A-Za-z0-9])" + Pattern.quote(name.part()) + "(?![A-Za-z0-9_])", Pattern.CASE_INSENSITIVE);
        return model -> word.matcher(model).find() && !isProjector(model);
    }

    /** Whether a file is the vision part of another model: no model of its own. */
    private static boolean isProjector(String model) {
        return model.substring(model.lastIndexOf('/') + 1)
                .toLowerCase(Locale.ROOT)
                .startsWith("mmproj");
    }

    /** The parts of each GGUF, in order. */
    static List<List<RepoFile>> models(List<RepoFile> all) {
        Map<String, List<RepoFile>> models = new TreeMap<>();
        all.stream()
                .filter(GgufChoice::isGguf)
                .sorted(Comparator.comparing(RepoFile::path))
                .forEach(file -> models.computeIfAbsent(model(file), added -> new ArrayList<>())
                        .add(file));
        return List.copyOf(models.values());
    }

    /** The name of the model, without the number of the part. */
    private static String model(RepoFile file) {
        Matcher split = SPLIT.matcher(file.path());
        return split.matches() ? split.group(1) + ".gguf" : file.path();
    }

    private static List<RepoFile> whole(HubName name, List<RepoFile> parts) {
        Matcher split = SPLIT.matcher(parts.get(0).path());
        if (split.matches()
                && (Integer.parseInt(split.group(3)) != parts.size() || Integer.parseInt(split.group(2)) != 1)) {
            throw new CheckpointException(
                    name.toString(),
                    "must have " + Integer.parseInt(split.group(3)) + " parts by their names, has " + parts.size()
                            + ", the first " + parts.get(0).path());
        }
        return List.copyOf(parts);
    }
}
