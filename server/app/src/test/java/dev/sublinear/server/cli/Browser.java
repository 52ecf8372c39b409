package dev.sublinear.server.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import org.awaitility.Awaitility;
import org.openqa.selenium.By;
import org.openqa.selenium.JavascriptExecutor;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import org.openqa.selenium.support.ui.Select;

/** Debian's Chromium without a window. */
final class Browser implements AutoCloseable {
    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
    private static final Path DRIVER = Path.of("/usr/bin/chromedriver");
    private static final Duration PATIENCE = Duration.ofMinutes(5); // a busy machine is no failure

    private final ChromeDriver driver;

    private Browser(ChromeDriver driver) {
        this.driver = driver;
    }

    /** Starts one, or skips the tests where there is no Chromium. */
    static Browser start() {
        assumeTrue(
                Files.isExecutable(CHROMIUM) && Files.isExecutable(DRIVER),
                "needs Debian's packages chromium and chromium-driver; .ci/run installs them");
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        ChromeOptions options = new ChromeOptions();
        options.setBinary(CHROMIUM.toString());
        options.addArguments(
                "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage");
        options.setCapability("goog:loggingPrefs", logs);
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(DRIVER.toFile())
                .build();
        return new Browser(new ChromeDriver(service, options));
    }

    void visit(String url) {
        size(1440, 900);
        driver.get("about:blank"); // or what differs in its fragment only would be no visit
        driver.get(url);
    }

    /** Runs a script in every page before the page's own. */
    void beforePages(String script) {
        driver.executeCdpCommand("Page.addScriptToEvaluateOnNewDocument", Map.of("source", script));
    }

    void size(int width, int height) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 700));
    }

    void theme(String theme) {
        driver.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", theme))));
    }

    WebElement element(String id) {
        return driver.findElement(By.id(id));
    }

    String text(String id) {
        return element(id).getText();
    }

    void click(String id) {
        element(id).click();
    }

    void fill(String id, String text) {
        js(
                "const field = document.getElementById(arguments[0]); field.value = arguments[1];"
                        + "field.dispatchEvent(new Event('input', {bubbles: true}))",
                id,
                text);
    }

    void choose(String id, String value) {
        new Select(element(id)).selectByValue(value);
    }

    void type(String id, CharSequence... keys) {
        element(id).sendKeys(keys);
    }

    void press(CharSequence... keys) {
        driver.switchTo().activeElement().sendKeys(Keys.chord(keys));
    }

    Object js(String script, Object... arguments) {
        Object result = ((JavascriptExecutor) driver).executeScript(script, arguments);
        return Objects.requireNonNullElse(result, "nothing");
    }

    /** Runs a script that calls back when it is done. */
    Object later(String script) {
        driver.manage().timeouts().scriptTimeout(PATIENCE);
        return Objects.requireNonNullElse(driver.executeAsyncScript(script), "nothing");
    }

    void await(String what, BooleanSupplier condition) {
        Awaitility.await(what)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptions()
                .until(condition::getAsBoolean);
    }

    /** All of the page, however long it is, up to a limit. */
    void photograph(Path file, int width, int least) {
        long height = Math.min(3000, Math.max(least, (Long) js("return document.documentElement.scrollHeight")));
        size(width, (int) height);
        later(
                "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 150)))");
        write(file, driver.getScreenshotAs(OutputType.BYTES));
        size(width, least);
    }

    /** One element. */
    void photograph(Path file, String id) {
        write(file, element(id).getScreenshotAs(OutputType.BYTES));
    }

    private static void write(Path file, byte[] png) {
        try {
            Files.createDirectories(file.getParent());
            Files.write(file, png);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What axe-core finds that is serious or worse. */
    List<?> seriousFaults() {
        try (InputStream axe = Objects.requireNonNull(Browser.class.getResourceAsStream("/axe.min.js"))) {
            js(new String(axe.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return (List<?>) later("axe.run().then(result => arguments[0](result.violations"
                + ".filter(found => ['serious', 'critical'].includes(found.impact))"
                + ".map(found => found.id + ': ' + found.nodes[0].failureSummary + ' ' + found.nodes[0].html)))");
    }

    /** What the console has said since the last time, also of what the content security policy has blocked. */
    List<String> console() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                .map(entry -> entry.getLevel() + " " + entry.getMessage())
                .toList();
    }

    @Override
    public void close() {
        driver.quit();
    }
}
