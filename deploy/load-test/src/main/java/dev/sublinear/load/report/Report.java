package dev.sublinear.load.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.sublinear.load.report.Watch.Sight;
import dev.sublinear.load.run.Tally.Counts;
import java.util.List;

/**
 * All that a test has found; {@code report.json} is this.
 *
 * @param faults why the test has failed; none if it has not
 * @param comparisons tables of what was compared, in the order of their making
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Report(
        String profile,
        String date,
        String machine,
        List<String> formulas,
        List<Server> servers,
        List<Table> comparisons,
        List<String> faults) {

    /** How the figures are made. */
    public static final List<String> FORMULAS = List.of(
            "All times count from when a request was due, not from when the client got round to it.",
            "TTFT = first token − due",
            "inter-token latency = a token − the one before, as the client sees them arrive",
            "TPOT = (end to end − TTFT) / (tokens − 1), of requests of two tokens or more",
            "end to end = last byte − due",
            "refusal = last byte of a 429 or 503 that says when to come again − due",
            "goodput = requests a second that ended with their golden answer and met the SLO: TTFT and TPOT each within its limit",
            "throughput = tokens, and requests, that ended in the measured time, a second",
            "percentiles: HdrHistogram, three digits, of all requests that were due in the measured time",
            "golden = the answer to the same request alone on the server, not streamed; a stream that is not its golden, in a"
                    + " character, its count of tokens or its finish reason, is an error",
            "dropped = due, but not sent, because the client had no connection left; CPU = cores");

    /**
     * One server and the loads that it was under.
     *
     * @param command that starts the same
     * @param residue what it held before and after
     */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Server(String name, String command, List<Measured> stages, List<Residue.Value> residue) {}

    /** A stage and what was found. */
    public record Measured(
            String group, String name, String workload, String load, String slo, Counts counts, Sight sight) {}

    /** Rows of text under a heading. */
    public record Table(String title, List<String> head, List<List<String>> rows) {}

    public boolean isClean() {
        return faults.isEmpty();
    }
}
