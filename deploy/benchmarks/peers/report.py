"""What `run` has measured, as Markdown, as JSON and as a chart of milliseconds for a token against depth."""
import json
import math
from statistics import median
from xml.sax.saxutils import escape

COLOURS = ("#1b66c9", "#7fb2ee", "#d9572b", "#6a9a3a", "#8a5bb0")
PANEL_WIDTH, PANEL_HEIGHT, MARGIN = 360, 260, 56


def write(directory, lines, about, peers):
    (directory / "peers.json").write_text(json.dumps({"about": about, "measures": lines}, indent=1) + "\n")
    (directory / "peers.svg").write_text(chart(lines, peers))
    (directory / "peers.md").write_text(markdown(lines, about, peers))


def line(measured):
    """One case as it is told while it runs."""
    case = measured["case"]
    name = " ".join(str(case[key]) for key in ("model", "what", "depth", "streams") if key in case)
    return f"{name}, {case['threads']} threads: " + "; ".join(f"{peer} {told(one)}" for peer, one in measured["peers"].items())


def told(one):
    return f"{median(one['ms']):.4g} ms" if one.get("ms") else f"not measured: {one.get('missing', '')}"


def markdown(lines, about, peers):
    made = about["machine"]
    text = [f"{made['processor']}, {made['cores']} cores, {made['memory_gib']} GiB; commit {about['commit']}."]
    text += [f"{peer}: {escape_cell(json.dumps(about[peer]))}" for peer in peers if peer in about]
    if lines:
        text.append(f"Measured from {lines[0]['at']} to {lines[-1]['at']}. Medians of rounds in turn; ratios are how many times the time of Sublinear another takes.")
    notes = []
    for title, what, form, unit in [
        ("Milliseconds for a decoded token", "decode", "{:.2f}", 1),
        ("Prompt tokens a second", "prompt", "{:.0f}", None),
    ]:
        rows = [one for one in lines if one["case"]["what"] == what]
        if rows:
            text += [f"## {title}", table(rows, peers, form, unit, notes)]
    served = [one for one in lines if one["case"]["what"] == "served"]
    if served:
        text += ["## Start to first token, resident memory", served_table(served, peers)]
    return "\n\n".join(text + [f"[{i + 1}] {note}" for i, note in enumerate(notes)]) + "\n"


def table(rows, peers, form, unit, notes):
    head = ["model", "threads", "depth", "streams", *peers, *(f"{peer} / {peers[0]}" for peer in peers[1:]), "spread"]
    body = []
    for row in rows:
        case, measured = row["case"], row["peers"]
        cells = [case["model"], case["threads"], f"{case['depth']:,}", case.get("streams", 1)]
        for peer in peers:
            one = measured.get(peer, {"missing": "was not there yet"})
            if one.get("ms"):
                value = median(one["ms"])
                # A step's time is shared by its streams.
                cells.append(form.format(value / case.get("streams", 1) if unit else 1e3 / value))
            else:
                cells.append(note_of(one.get("missing", ""), notes))
        cells += [ratio(measured, peers[0], peer) for peer in peers[1:]]
        cells.append("; ".join(spread(measured[peer]["ms"]) for peer in peers if measured.get(peer, {}).get("ms")))
        body.append(cells)
    return rows_of(head, body)


def ratio(measured, first, other):
    if measured.get(first, {}).get("ms") and measured.get(other, {}).get("ms"):
        return f"{median(measured[other]['ms']) / median(measured[first]['ms']):.2f}"
    return ""


def spread(times):
    """How far the slowest round is above the fastest."""
    return f"{100 * (max(times) / min(times) - 1):.0f} %"


def note_of(reason, notes):
    if reason not in notes:
        notes.append(reason)
    return f"[{notes.index(reason) + 1}]"


def served_table(rows, peers):
    head = ["model", "threads", "peer", "seconds to the first token, each start", "MB at rest", "MB after a prompt of 8,192"]
    body = []
    for row in rows:
        for peer in peers:
            if peer in row["peers"]:
                one = row["peers"][peer]
                starts = ", ".join(f"{ms / 1e3:.2f}" for ms in one["ms"])
                sizes = [f"{median(one[key]) / 1e6:.0f}" if one[key] else "" for key in ("rest_bytes", "read_bytes")]
                body.append([row["case"]["model"], row["case"]["threads"], peer, starts, *sizes])
    return rows_of(head, body)


def rows_of(head, body):
    return "\n".join("| " + " | ".join(map(str, cells)) + " |" for cells in [head, ["---"] * len(head), *body])


def escape_cell(text):
    return text.replace("|", "\\|")


def chart(lines, peers):
    """A panel for each model and number of threads: milliseconds for a token over depth, both logarithmic."""
    panels = {}
    for one in lines:
        case = one["case"]
        if case["what"] == "decode" and case["streams"] == 1:
            panel = panels.setdefault((case["model"], case["threads"]), {})
            for peer in peers:
                if one["peers"].get(peer, {}).get("ms"):
                    panel.setdefault(peer, []).append((case["depth"], median(one["peers"][peer]["ms"])))
    columns = max(1, min(2, len(panels)))
    width = columns * (PANEL_WIDTH + MARGIN) + 24
    height = max(1, math.ceil(len(panels) / columns)) * (PANEL_HEIGHT + MARGIN + 24) + 40
    svg = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for i, peer in enumerate(peers):
        x = MARGIN + 190 * i
        svg.append(f'<line x1="{x}" x2="{x + 24}" y1="20" y2="20" stroke="{COLOURS[i]}" stroke-width="2.5"/>')
        svg.append(f'<text x="{x + 30}" y="24">{escape(peer)}</text>')
    for i, ((model, threads), series) in enumerate(panels.items()):
        left = MARGIN + i % columns * (PANEL_WIDTH + MARGIN)
        top = 64 + i // columns * (PANEL_HEIGHT + MARGIN + 24)
        svg += panel_of(f"{model}, {threads} thread{'s' * (threads > 1)}", series, peers, left, top)
    return "\n".join(svg + ["</svg>"]) + "\n"


def panel_of(title, series, peers, left, top):
    points = [point for line_ in series.values() for point in line_]
    if not points:
        return []
    depths = sorted({depth for depth, _ in points})
    low, high = min(ms for _, ms in points) / 1.2, max(ms for _, ms in points) * 1.2

    def x(depth):
        span = math.log(depths[-1] / depths[0]) or 1
        return left + 12 + (PANEL_WIDTH - 24) * math.log(depth / depths[0]) / span

    def y(ms):
        return top + PANEL_HEIGHT * (1 - math.log(ms / low) / math.log(high / low))

    svg = [f'<text x="{left}" y="{top - 10}" font-weight="bold">{escape(title)}: ms a token over depth</text>']
    for tick in (m * 10**e for e in range(-1, 5) for m in (1, 2, 5)):
        if low <= tick <= high:
            svg.append(f'<line x1="{left}" x2="{left + PANEL_WIDTH}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" stroke="#ddd"/>')
            svg.append(f'<text x="{left - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>')
    for depth in depths:
        svg.append(f'<text x="{x(depth):.1f}" y="{top + PANEL_HEIGHT + 16}" text-anchor="middle">{depth:,}</text>')
    svg.append(f'<rect x="{left}" y="{top}" width="{PANEL_WIDTH}" height="{PANEL_HEIGHT}" fill="none" stroke="#999"/>')
    for i, peer in enumerate(peers):
        line_ = sorted(series.get(peer, []))
        path = " ".join(f"{x(depth):.1f},{y(ms):.1f}" for depth, ms in line_)
        svg.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS[i]}" stroke-width="2.5"/>')
        svg += [f'<circle cx="{x(depth):.1f}" cy="{y(ms):.1f}" r="3.5" fill="{COLOURS[i]}"/>' for depth, ms in line_]
    return svg
