package dev.sublinear.server.cli.chat;

import dev.sublinear.engine.chat.ChatException;
import dev.sublinear.engine.generation.Completion;
import dev.sublinear.engine.generation.RejectedException;
import dev.sublinear.engine.model.CacheUsage;
import dev.sublinear.engine.settings.ByteSize;
import dev.sublinear.server.cli.chat.Conversation.Reply;
import dev.sublinear.server.cli.command.CommandException;
import dev.sublinear.server.cli.command.Stats;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Takes turns with the user at the screen: messages go to the model, commands are carried out. */
public final class Dialogue {
    /** Of one word: a path or a fraction is none. */
    private static final Pattern COMMAND = Pattern.compile("/(\\w+)(?:\\s+(.*))?", Pattern.DOTALL);

    private final ChatScreen screen;
    private final Conversation conversation;
    private Optional<Completion> last = Optional.empty();

    /** What can be asked for instead of an answer. */
    private enum Command {
        SYSTEM("/system TEXT", "tell the model what to be, before anything else; - for nothing"),
        CLEAR("/clear", "forget the conversation, and keep /system"),
        STATS("/stats", "speed of the last answer, and what each layer holds"),
        HELP("/help", "this"),
        EXIT("/exit", "leave; Ctrl-D does so, too");

        private final String usage;
        private final String does;

        Command(String usage, String does) {
            this.usage = usage;
            this.does = does;
        }

        static Optional<Command> named(String name) {
            return Arrays.stream(values())
                    .filter(command -> command.word().equals("/" + name.toLowerCase(Locale.ROOT)))
                    .findFirst();
        }

        String word() {
            return "/" + name().toLowerCase(Locale.ROOT);
        }
    }

    Dialogue(ChatScreen screen, Conversation conversation) {
        this.screen = screen;
        this.conversation = conversation;
    }

    /** The words that begin a line that is not for the model. */
    public static List<String> commands() {
        return Arrays.stream(Command.values()).map(Command::word).toList();
    }

    /** Goes on until the user leaves or the input ends. */
    void run() {
        boolean goesOn = true;
        while (goesOn) {
            try {
                Optional<String> text = screen.read();
                goesOn = text.isPresent() && turn(text.get());
            } catch (ChatScreen.Interrupted e) {
                if (!e.dropped()) {
                    screen.note("Ctrl-D or /exit leaves.");
                }
            }
        }
    }

    /** Returns whether there is another one after this. */
    private boolean turn(String text) {
        Matcher command = COMMAND.matcher(text);
        if (command.matches()) {
            return obey(command.group(1), Optional.ofNullable(command.group(2)).orElse(""));
        }
        if (!text.isBlank()) {
            answer(text);
        }
        return true;
    }

    private boolean obey(String name, String argument) {
        Optional<Command> command = Command.named(name);
        if (command.isEmpty()) {
            screen.note("There is no command /" + name + "; /help lists them.");
            return true;
        }
        switch (command.get()) {
            case SYSTEM -> system(argument.strip());
            case CLEAR -> {
                conversation.clear();
                last = Optional.empty();
                screen.note("A new conversation.");
            }
            case STATS -> screen.note(last.map(this::stats).orElse("Nothing has been answered yet."));
            case HELP -> screen.note(help());
            case EXIT -> {
                return false;
            }
        }
        return true;
    }

    private void system(String text) {
        if (!text.isEmpty()) {
            conversation.setSystem(text.equals("-") ? "" : text);
        }
        String now = conversation.system();
        screen.note(
                now.isEmpty() ? "The model is told nothing by you; its template may." : "The model is told: " + now);
    }

    private void answer(String text) {
        try {
            screen.during(() -> show(conversation.ask(text, screen::show)), conversation::interrupt);
        } catch (RejectedException e) {
            refused(e.getMessage() + whatHelps(e.reason()), e);
        } catch (ChatException | CommandException | IllegalArgumentException e) {
            refused(String.valueOf(e.getMessage()), e);
        }
    }

    private void show(Reply answer) {
        screen.endAnswer();
        last = Optional.of(answer.completion());
        screen.note(line(answer));
    }

    /** After a failure a user can try another message; piped messages end, because an answer is missing. */
    private void refused(String message, RuntimeException why) {
        if (!screen.isAttended()) {
            throw new CommandException(message, why);
        }
        screen.note("Not answered: " + message);
    }

    private static String whatHelps(RejectedException.Reason reason) {
        return switch (reason) {
            case CONTEXT_LENGTH -> "; /clear begins a new conversation";
            case CACHE_CAPACITY -> "; /clear begins a new conversation, --cache-capacity gives more room";
            default -> "";
        };
    }

    private static String line(Reply answer) {
        Completion completion = answer.completion();
        CacheUsage cache = completion.cache();
        String line = String.format(
                Locale.ROOT,
                "%,d tokens, %.1f tokens/s; %,d of %,d tokens held, %s",
                completion.generatedTokens(),
                Stats.rate(completion.generatedTokens() - 1, completion.timing().decode()),
                cache.retained(),
                cache.seen(),
                ByteSize.format(cache.bytes()));
        if (completion.isCancelled()) {
            return line + " (stopped)";
        }
        if (answer.filled()) {
            return line + "\nThe model's context is full. /clear begins a new conversation.";
        }
        return answer.isComplete() ? line : line + "\nCut at --max-tokens; ask it to go on.";
    }

    private String stats(Completion completion) {
        String said = String.format(
                Locale.ROOT,
                "%d messages, %,d of %,d tokens",
                conversation.messages(),
                completion.promptTokens() + completion.generatedTokens(),
                conversation.context());
        return said + "\n" + new AnswerStats(completion);
    }

    private static String help() {
        String commands = Arrays.stream(Command.values())
                .map(command -> String.format(Locale.ROOT, "%-14s %s", command.usage, command.does))
                .collect(Collectors.joining("\n"));
        return commands + "\nA line that ends in \\ goes on in the next; \"\"\" begins and ends a text of many lines."
                + "\nCtrl-C stops an answer.";
    }
}
