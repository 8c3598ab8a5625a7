"""The series that rules and dashboards may read, and what kind they are of."""

from settings.metrics.exporters import EXPORTERS

SERIES = {name: exporter for exporter, each in EXPORTERS.items() for name in each.series}
"""The exporter of each name."""

GAUGES = {
    *(
        name
        for name in SERIES
        if name.startswith(("DCGM_", "gpu_", "habanalabs_", "kube_", "flagger_")) and not name.endswith("_total")
    ),
    *(name for name in EXPORTERS["drift-sampler"].series if not name.endswith("_total")),
    "fluentd_output_status_buffer_available_space_ratio",
    *("ALERTS", "up", "keda_build_info", "container_memory_working_set_bytes", *EXPORTERS["cert-manager"].series),
}
"""Those of which a rate or an increase says nothing; the others are counters."""
