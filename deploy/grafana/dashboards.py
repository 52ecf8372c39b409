#!/usr/bin/env python3
"""Writes dashboards/*.json. A panel is one line here and forty there. `--check` only says whether they are current."""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent / "dashboards"
SELECTOR = 'job=~"$job",instance=~"$instance"'


def m(name, **labels):
    """A series of ours, of the chosen jobs and instances; a label with a | in it may have either value."""
    more = "".join(f',{key}{"=~" if "|" in value else "="}"{value}"' for key, value in labels.items())
    return f"sublinear_{name}{{{SELECTOR}{more}}}"


def rate(name, **labels):
    return f"rate({m(name, **labels)}[$__rate_interval])"


def quantile(q, name):
    return f"histogram_quantile({q}, sum by (le) ({rate(name + '_bucket')}))"


def mean_by_context(name, range_="$__rate_interval"):
    """The mean of a summary in each bucket of context; only of buckets in which something happened."""
    total = f"sum by (context) (increase({m(name + '_sum')}[{range_}]))"
    count = f"sum by (context) (increase({m(name + '_count')}[{range_}]))"
    return f"({total} / ({count} > 0))"


def target(expr, legend="", **more):
    return {"expr": expr, "legendFormat": legend or "__auto", **more}


def table(expr):
    return target(expr, format="table", instant=True, range=False)


def panel(kind, title, description, unit, *targets, w=8, h=8, **more):
    options = more.pop("options", {})
    custom = more.pop("custom", {})
    defaults = {"unit": unit, "custom": custom} if custom else {"unit": unit}
    defaults.update(more.pop("defaults", {}))
    return {
        "type": kind,
        "title": title,
        "description": description,
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "fieldConfig": {"defaults": defaults, "overrides": more.pop("overrides", [])},
        "options": options,
        "targets": [{"refId": chr(ord("A") + i), "datasource": {"type": "prometheus", "uid": "${datasource}"}, **each}
                    for i, each in enumerate(targets)],
        "size": (w, h),
        **more,
    }


def series(title, description, unit, *targets, **more):
    custom = {"lineWidth": 1, "fillOpacity": more.pop("fill", 8), "showPoints": "never"}
    custom.update(more.pop("draw", {}))
    return panel("timeseries", title, description, unit, *targets, custom=custom,
                 options={"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}}, **more)


def stat(title, description, unit, expr, **more):
    return panel("stat", title, description, unit, target(expr), w=more.pop("w", 4), h=4,
                 options={"colorMode": "none", "graphMode": "area", "reduceOptions": {"calcs": ["lastNotNull"]}}, **more)


def heatmap(title, description, unit, name, **more):
    expr = f"sum by (le) (increase({m(name + '_bucket')}[$__rate_interval]))"
    return panel("heatmap", title, description, unit, target(expr, "{{le}}", format="heatmap"),
                 options={"calculate": False, "yAxis": {"unit": unit}, "color": {"scheme": "Greens", "steps": 64}}, **more)


def row(title):
    return {"type": "row", "title": title, "collapsed": False, "panels": [], "size": (24, 1)}


def variable(name, label, query):
    return {"type": "query", "name": name, "label": label, "datasource": {"type": "prometheus", "uid": "${datasource}"},
            "query": {"query": query, "refId": name}, "definition": query, "refresh": 2, "sort": 1,
            "multi": True, "includeAll": True, "allValue": ".+", "current": {"text": "All", "value": "$__all"}}


def choice(name, label, values, default):
    return {"type": "custom", "name": name, "label": label, "query": ",".join(values), "multi": False, "includeAll": False,
            "options": [{"text": each, "value": each, "selected": each == default} for each in values],
            "current": {"text": default, "value": default}}


def dashboard(uid, title, description, panels, *variables):
    x = y = height = 0
    laid = []
    for number, each in enumerate(panels, 1):
        w, h = each.pop("size")
        if x + w > 24:
            x, y, height = 0, y + height, 0
        laid.append({"id": number, **each, "gridPos": {"x": x, "y": y, "w": w, "h": h}})
        x, height = x + w, max(height, h)
    return {
        "id": None, "uid": uid, "title": title, "description": description, "tags": ["sublinear"], "schemaVersion": 39,
        "version": 1, "editable": False, "graphTooltip": 1, "timezone": "browser", "refresh": "10s",
        "time": {"from": "now-30m", "to": "now"}, "annotations": {"list": []},
        "links": [{"type": "dashboards", "title": "Sublinear", "tags": ["sublinear"], "asDropdown": False, "includeVars": True, "keepTime": True}],
        "templating": {"list": [
            {"type": "datasource", "name": "datasource", "label": "Data source", "query": "prometheus", "refresh": 1, "current": {}},
            variable("job", "Job", "label_values(sublinear_engine_alive, job)"),
            variable("instance", "Instance", 'label_values(sublinear_engine_alive{job=~"$job"}, instance)'),
            *variables,
        ]},
        "panels": laid,
    }


def process(name, **labels):
    """A series of the JVM's or the process's."""
    return m(name, **labels).removeprefix("sublinear_")


OVERVIEW = dashboard("sublinear-overview", "Sublinear / Overview", "Load, speed, memory and errors at a glance.", [
    stat("Engines alive", "Engines that take their turns.", "none", f"sum({m('engine_alive')})"),
    stat("Running", "Sequences that hold a cache.", "none", f"sum({m('requests_running')})"),
    stat("Waiting", "Sequences that wait for one.", "none", f"sum({m('requests_waiting')})"),
    stat("Tokens per second", "Tokens generated.", "none", f"sum({rate('generation_tokens_total')})", defaults={"decimals": 1}),
    stat("Errors", "Share of requests that failed.", "percentunit",
         f"sum({rate('requests_total', outcome='error')}) / (sum({rate('requests_total')}) > 0)"),
    stat("Saved", "Share of the bytes of full caches that pruning saves now.", "percentunit",
         f"1 - sum({m('kvcache_bytes')}) / (sum({m('kvcache_full_bytes')}) > 0)"),
    row("Traffic"),
    series("Requests by outcome", "How requests ended.", "reqps",
           target(f"sum by (outcome) ({rate('requests_total')})", "{{outcome}}"), draw={"stacking": {"mode": "normal"}}, fill=20),
    series("Tokens", "Tokens read and generated.", "none",
           target(f"sum({rate('prompt_tokens_total')})", "prompt"), target(f"sum({rate('generation_tokens_total')})", "generated")),
    series("Queue", "Sequences that run and wait.", "none",
           target(f"sum({m('requests_running')})", "running"), target(f"sum({m('requests_waiting')})", "waiting")),
    series("Time to first token", "From arrival to the first token.", "s",
           *[target(quantile(q, "time_to_first_token_seconds"), f"p{int(q * 100)}") for q in (0.5, 0.95, 0.99)]),
    series("Between tokens", "From a token to the next.", "s",
           *[target(quantile(q, "inter_token_latency_seconds"), f"p{int(q * 100)}") for q in (0.5, 0.95, 0.99)]),
    series("Prefix reuse", "Share of prompt tokens that a reused prefix held.", "percentunit",
           target(f"sum({rate('prefix_hit_tokens_total')}) / (sum({rate('prefix_queried_tokens_total')}) > 0)", "hit")),
    row("Engine"),
    series("Where a step's time goes", "Seconds spent in each phase, a second. Trim is a part of prefill and decode.", "percentunit",
           target(f"sum by (phase) ({rate('step_duration_seconds_sum')})", "{{phase}}")),
    series("Tokens of a step", "Mean tokens that a step reads.", "none",
           target(f"sum({rate('step_tokens_sum')}) / (sum({rate('step_tokens_count')}) > 0)", "tokens")),
    series("Prompt lookup", "Tokens guessed a second, and those of them that were chosen: each spared a step.", "none",
           target(f"sum({rate('drafted_tokens_total')})", "guessed"),
           target(f"sum({rate('drafted_accepted_tokens_total')})", "chosen")),
    series("Cache in use", "Bytes of caches: capacity, set aside, held.", "bytes",
           target(f"sum({m('kvcache_capacity_bytes')})", "capacity"), target(f"sum({m('kvcache_reserved_bytes')})", "reserved"),
           target(f"sum({m('kvcache_bytes')})", "held")),
    row("Process"),
    series("Memory", "Resident memory, Java heap, and buffers of connections.", "bytes",
           target(f"sum({process('process_resident_memory_bytes')})", "resident"),
           target(f"sum({process('jvm_memory_used_bytes', area='heap')})", "heap"),
           target(f"sum({m('netty_direct_bytes')})", "connections")),
    series("CPU", "Share of the machine's cores.", "percentunit",
           target(f"avg({process('process_cpu_usage')})", "this process"), target(f"avg({process('system_cpu_usage')})", "all")),
    series("Tensors", "Tensors outside the heap: must return to where they were when nothing runs.", "none",
           target(f"sum({m('native_tensors')})", "tensors")),
    panel("table", "Configuration in force", "Budget, scorer and model of each instance.", "none", table(m("kvcache_policy")), w=24, h=5,
          transformations=[{"id": "organize", "options": {"excludeByName": {"Time": True, "Value": True, "__name__": True}}}]),
])

SEEN, RETAINED, BOUND = (mean_by_context(f"kvcache_{each}_tokens", "$__range") for each in ("seen", "retained", "bound"))
EXPONENT = f"avg(job_instance:sublinear_kvcache_exponent:slope5m{{{SELECTOR}}})"


HEAD_QUANTILES = (("1", "fullest"), ("0.9", "p90"), ("0.5", "median"), ("0.1", "p10"))


def by_head(what, q):
    return f"sum({m(f'kvcache_head_{what}_tokens', quantile=q)})"


def dashed(series_name, colour):
    return {"matcher": {"id": "byName", "options": series_name},
            "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": colour}},
                           {"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [4, 4]}}]}


def xy(y, colour, dash=None):
    line = {"id": "custom.lineStyle", "value": {"fill": "dash", "dash": dash}} if dash else {"id": "custom.lineWidth", "value": 2}
    return {"matcher": {"id": "byName", "options": y},
            "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": colour}}, line]}


CACHE = dashboard("sublinear-kvcache", "Sublinear / KV cache", "What caches hold against the length of their contexts.", [
    panel("xychart", "Retained against context",
          "Mean tokens that the fullest layer holds after a step, against the mean length of the context, for each power of two of "
          "context. The line above is n: what a cache without a budget holds; the dashed one is the bound, α·n^C and slack.", "none",
          table(SEEN), table(RETAINED), table(BOUND), table(f"{SEEN} + 0"), w=12, h=11,
          custom={"show": "points+lines", "pointSize": {"fixed": 6}, "axisLabel": "tokens"},
          overrides=[xy("Value #B", "green"), xy("Value #C", "orange", [4, 4]), xy("Value #D", "text", [2, 4])],
          options={"mapping": "manual", "series": [
              {"x": {"matcher": {"id": "byName", "options": "Value #A"}}, "y": {"matcher": {"id": "byName", "options": f"Value #{y}"}},
               "name": {"fixed": name}} for y, name in (("B", "retained"), ("C", "bound"), ("D", "n"))]},
          transformations=[{"id": "joinByField", "options": {"byField": "context", "mode": "inner"}},
                           {"id": "sortBy", "options": {"sort": [{"field": "Value #A"}]}}]),
    panel("bargauge", "Retained by context", "The same by bucket of context, for a Grafana without XY charts: tokens held, of those seen.",
          "none", target(f"sort_desc({RETAINED})", "{{context}}", instant=True, range=False), w=6, h=11,
          options={"orientation": "horizontal", "displayMode": "basic", "reduceOptions": {"calcs": ["lastNotNull"]}}),
    stat("Effective exponent", "Slope of retained over seen, both logarithmic, over the buckets in which something is evicted: "
         "compare it with the exponent in force. A recorded series: needs deploy/prometheus/rules.yml.", "none", EXPONENT, w=6, defaults={"decimals": 3}),
    stat("Fullest against its bound", "The greatest share of its bound that a layer held: above 1 the promise is broken.", "percentunit",
         f"max({m('kvcache_retained_tokens_max')} / ({m('kvcache_bound_tokens_max')} > 0))", w=6,
         defaults={"thresholds": {"mode": "absolute", "steps": [{"color": "green", "value": None}, {"color": "red", "value": 1.0001}]}}),
    row("Compression"),
    series("Retained share", "Tokens held of those seen, by live sequences now, and by all steps.", "percentunit",
           target(f"sum({m('kvcache_live_retained_tokens')}) / (sum({m('kvcache_live_seen_tokens')}) > 0)", "live"),
           target(f"sum({rate('kvcache_retained_tokens_sum')}) / (sum({rate('kvcache_seen_tokens_sum')}) > 0)", "steps")),
    series("Retained share by context", "The longer the context, the smaller the share.", "percentunit",
           target(f"sum by (context) ({rate('kvcache_retained_tokens_sum')}) / (sum by (context) ({rate('kvcache_seen_tokens_sum')}) > 0)", "{{context}}")),
    series("Steps by context", "How long contexts are: sequences of a step, by bucket.", "none",
           target(f"sum by (context) ({rate('kvcache_seen_tokens_count')})", "{{context}}"), draw={"stacking": {"mode": "normal"}}, fill=20),
    row("Heads"),
    series("Tokens held by head",
           "Tokens that live sequences hold together in a key-value head: the most of any head, and of the fewest that a tenth, half "
           "and nine tenths of all heads hold. With one budget for all heads the lines are one; with head laws they part. Dashed: what a "
           "cache without a budget holds.", "none",
           *[target(by_head("retained", q), name) for q, name in HEAD_QUANTILES],
           target(f"sum({m('kvcache_live_seen_tokens')}) / sum({m('kvcache_layers')})", "n"), overrides=[dashed("n", "text")], w=12),
    series("Tokens held by head against the laws",
           "Half of the heads and the fullest, with what the heads' laws and slack let them hold (dashed): what is held lies below, and "
           "on it where the laws bind.", "none",
           target(by_head("retained", "0.5"), "median"), target(by_head("retained", "1"), "fullest"),
           target(by_head("bound", "0.5"), "median's bound"), target(by_head("bound", "1"), "highest bound"),
           overrides=[dashed("median's bound", "orange"), dashed("highest bound", "red")], w=12),
    stat("Fullest head against the median", "Tokens of the fullest head, divided by those of the median: how many times more one head "
         "costs than another.", "none", f"{by_head('retained', '1')} / ({by_head('retained', '0.5')} > 0)", w=6, defaults={"decimals": 1}),
    heatmap("Share of its context that a head holds", "Each head of each layer once, when its sequence ends: a band for one budget, "
            "spread out under head laws.", "percentunit", "kvcache_head_share", w=18),
    row("Memory"),
    series("Bytes", "Capacity, set aside, held, and what full caches would hold.", "bytes",
           target(f"sum({m('kvcache_capacity_bytes')})", "capacity"), target(f"sum({m('kvcache_reserved_bytes')})", "reserved"),
           target(f"sum({m('kvcache_bytes')})", "held"), target(f"sum({m('kvcache_full_bytes')})", "full")),
    series("Bytes saved", "What full caches would hold, less what is held.", "bytes",
           target(f"sum({m('kvcache_full_bytes')}) - sum({m('kvcache_bytes')})", "saved")),
    series("Usage", "Share of the capacity that is set aside.", "percentunit", target(m("kvcache_usage"), "{{instance}}"),
           defaults={"min": 0, "max": 1}),
    row("Eviction"),
    series("Tokens evicted", "Tokens dropped a second by a head of a layer, summed over layers.", "none",
           target(f"sum by (scorer) ({rate('kvcache_evicted_tokens_total')}) > 0", "{{scorer}}")),
    series("Lost mass", "Attention that the tokens evicted by a trim had been receiving.", "percentunit",
           *[target(quantile(q, "kvcache_lost_mass"), f"p{int(q * 100)}") for q in (0.5, 0.9, 0.99)]),
    heatmap("Lost mass, all trims", "How many trims lost how much. Nothing under scorers that read no attention, as the default.", "percentunit", "kvcache_lost_mass"),
    series("Time of a trim", "One layer.", "s", *[target(quantile(q, "kvcache_trim_duration_seconds"), f"p{int(q * 100)}") for q in (0.5, 0.99)]),
    series("Share of a step spent trimming", "Time in trims, of the model's time.", "percentunit",
           target(f"sum({rate('step_duration_seconds_sum', phase='trim')}) / "
                  f"(sum({rate('step_duration_seconds_sum', phase='prefill|decode')}) > 0)", "trim")),
    series("Guard and bound", "Changes a guard made to a budget; layers over their bound must stay at 0.", "none",
           target(f"sum(increase({m('kvcache_raises_total')}[$__rate_interval]))", "raises"),
           target(f"sum(increase({m('kvcache_over_bound_total')}[$__rate_interval]))", "over bound")),
])


def attainment(name, slo):
    return f"sum({rate(name + '_bucket', le='$' + slo)}) / (sum({rate(name + '_count')}) > 0)"


LATENCIES = [
    ("Time to first token", "time_to_first_token_seconds", "From arrival to the first token."),
    ("Between tokens", "inter_token_latency_seconds", "From a token to the next."),
    ("Per output token", "time_per_output_token_seconds", "Of a request: its decode time, divided by its tokens after the first."),
    ("Whole request", "request_duration_seconds", "From arrival to the last token."),
    ("Waiting in the queue", "queue_duration_seconds", "From arrival to the start of a sequence."),
]
LATENCY = dashboard("sublinear-latency", "Sublinear / Latency and objectives", "How long clients wait, against objectives.", [
    stat("First token within objective", "Share of requests whose first token came within $ttft_slo s.", "percentunit",
         attainment("time_to_first_token_seconds", "ttft_slo"), w=8),
    stat("Next token within objective", "Share of tokens that came within $itl_slo s of the one before.", "percentunit",
         attainment("inter_token_latency_seconds", "itl_slo"), w=8),
    stat("Requests that succeeded", "Share of requests that were neither rejected nor failed.", "percentunit",
         f"1 - sum({rate('requests_total', outcome='error|rejected')}) / (sum({rate('requests_total')}) > 0)", w=8),
    *[each for title, name, description in LATENCIES for each in (
        series(title, description, "s", *[target(quantile(q, name), f"p{int(q * 100)}") for q in (0.5, 0.9, 0.99)], w=12),
        heatmap(f"{title}, all", f"{description} Every one of them.", "s", name, w=12))],
], choice("ttft_slo", "First token within (s)", ["0.25", "0.5", "1.0", "2.5", "5.0", "10.0"], "1.0"),
   choice("itl_slo", "Next token within (s)", ["0.025", "0.05", "0.1", "0.2", "0.5", "1.0"], "0.1"))


def main():
    stale = []
    for each in (OVERVIEW, CACHE, LATENCY):
        file = HERE / f"{each['uid'].removeprefix('sublinear-')}.json"
        text = json.dumps(each, indent=2, ensure_ascii=False) + "\n"
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            stale.append(file.name)
            if "--check" not in sys.argv:
                file.write_text(text, encoding="utf-8")
    if "--check" in sys.argv and stale:
        sys.exit(f"not as dashboards.py writes them: {', '.join(stale)}")


if __name__ == "__main__":
    main()
