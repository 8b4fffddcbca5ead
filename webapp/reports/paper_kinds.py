"""The kinds of paper made of activities: a new one is a line here and a collector in the services."""

from __future__ import annotations

from webapp.reports.paper import paper_kind

PAPER_KINDS = (
    paper_kind(
        "visit_report",
        ("Laporan Kunjungan Rumah", "Report of a Home Visit"),
        ("laporan-kunjungan-rumah", "home-visit-report"),
    ),
    paper_kind(
        "visit_report_copy",
        ("Salinan Laporan Kunjungan Rumah", "Copy of the Report of a Home Visit"),
        ("salinan-laporan-kunjungan-rumah", "home-visit-report-copy"),
        for_outsiders=True,
    ),
    paper_kind(
        "advocacy_report",
        ("Laporan Pelaksanaan Advokasi", "Report of an Advocacy"),
        ("laporan-advokasi", "advocacy-report"),
    ),
)
