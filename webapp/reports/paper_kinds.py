"""The kinds of paper made of activities: a new one is a line here and a collector in the services."""

from __future__ import annotations

from webapp.domain.vocabulary import Term
from webapp.reports.kinds import DocumentKind
from webapp.reports.paper import Paper


def paper_kind(
    key: str, title: tuple[str, str], file_stem: tuple[str, str], *, for_outsiders: bool = False
) -> DocumentKind:
    """A kind of document that is a paper; title and file name in Indonesian and English."""
    return DocumentKind(key, Paper, "paper.typ", Term(key, *title), Term(key, *file_stem), for_outsiders)


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
    paper_kind(
        "advocacy_report_copy",
        ("Salinan Laporan Pelaksanaan Advokasi", "Copy of the Report of an Advocacy"),
        ("salinan-laporan-advokasi", "advocacy-report-copy"),
        for_outsiders=True,
    ),
    paper_kind(
        "recap",
        ("Rekapitulasi Kegiatan Bulanan", "Monthly Recap of Activities"),
        ("rekapitulasi-kegiatan", "activity-recap"),
    ),
    paper_kind(
        "involvement",
        ("Keterlibatan dalam Konferensi Kasus", "Involvement in Case Conferences"),
        ("keterlibatan", "involvement"),
    ),
    paper_kind(
        "visit_plan",
        ("Rencana Pelaksanaan Kunjungan Rumah (Satkung)", "Plan of a Home Visit"),
        ("rencana-kunjungan-rumah", "home-visit-plan"),
    ),
    paper_kind("visit_assignment", ("Surat Tugas", "Letter of Assignment"), ("surat-tugas", "assignment")),
    paper_kind(
        "visit_notice",
        ("Pemberitahuan Kunjungan Rumah", "Notice of a Home Visit"),
        ("pemberitahuan-kunjungan-rumah", "home-visit-notice"),
    ),
    paper_kind(
        "visit_form",
        ("Formulir Kunjungan Rumah", "Form for a Home Visit"),
        ("formulir-kunjungan-rumah", "home-visit-form"),
    ),
    paper_kind(
        "advocacy_letter",
        ("Surat Resmi Advokasi", "Official Letter of an Advocacy"),
        ("surat-advokasi", "advocacy-letter"),
    ),
    paper_kind(
        "referral_letter", ("Surat Alih Tangan Kasus", "Letter of Referral"), ("surat-rujukan", "referral")
    ),
    paper_kind(
        "conference_request",
        ("Permohonan Konferensi Kasus", "Request for a Case Conference"),
        ("permohonan-konferensi-kasus", "conference-request"),
    ),
)
