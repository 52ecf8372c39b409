package dev.sublinear.server.metrics;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.DoubleStream;

/** The bounds of histograms: vLLM's, so that its dashboards' thresholds carry over, with more at the ends for CPUs. */
final class Buckets {
    static final double[] FIRST_TOKEN_SECONDS = {
        .001, .005, .01, .02, .04, .06, .08, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560
    };
    static final double[] NEXT_TOKEN_SECONDS = {
        .001, .0025, .005, .01, .025, .05, .075, .1, .15, .2, .3, .4, .5, .75, 1, 2.5, 5, 7.5, 10, 20, 40, 80
    };
    static final double[] REQUEST_SECONDS = {
        .05, .1, .3, .5, .8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680
    };
    static final double[] STEP_SECONDS = {.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5, 30
    };
    static final double[] STEP_TOKENS = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192};
    static final double[] SHARES = {.0001, .0003, .001, .003, .01, .02, .03, .05, .07, .1, .15, .2, .3, .5, .7, 1};

    private Buckets() {}

    static Timer timer(MeterRegistry registry, String name, String description, double[] seconds, String... tags) {
        Duration[] bounds = DoubleStream.of(seconds)
                .mapToObj(each -> Duration.ofNanos(Math.round(each * TimeUnit.SECONDS.toNanos(1))))
                .toArray(Duration[]::new);
        return Timer.builder(name)
                .description(description)
                .tags(tags)
                .serviceLevelObjectives(bounds)
                .register(registry);
    }

    static DistributionSummary summary(MeterRegistry registry, String name, String description, double... bounds) {
        return DistributionSummary.builder(name)
                .description(description)
                .serviceLevelObjectives(bounds)
                .register(registry);
    }
}
