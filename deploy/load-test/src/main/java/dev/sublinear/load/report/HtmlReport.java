package dev.sublinear.load.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** A report as one page that needs nothing else: its data, the script that draws it and uPlot are all in it. */
public final class HtmlReport {
    private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/dist/";
    private static final ObjectMapper JSON = new ObjectMapper();

    private HtmlReport() {}

    public static String of(Report report) {
        return resource("report.html")
                .replace("/*uplot.css*/", resource(UPLOT + "uPlot.min.css"))
                .replace("/*uplot.js*/", resource(UPLOT + "uPlot.iife.min.js"))
                .replace("/*report.js*/", resource("report.js"))
                .replace("\"report\"", json(report));
    }

    /** Within a script, an end tag would end it. */
    private static String json(Report report) {
        try {
            return JSON.writeValueAsString(report).replace("</", "<\\/");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String resource(String name) {
        try (InputStream in = HtmlReport.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException("resource " + name + " is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
