"""The case conference (konferensi kasus) as POP BK SMA 2016 has it; its steps have pages of their own."""

from __future__ import annotations

from webapp.domain.procedure import Procedure, stage, step
from webapp.domain.vocabulary import Term

_POP = "POP BK SMA 2016, konferensi kasus"


def _own(key: str, id_label: str, en_label: str, source: str, *, gate: bool = False):
    return step(key, id_label, en_label, source, records="own", gate=gate)


CASE_CONFERENCE = Procedure(
    Term("conference", "Konferensi kasus", "Case conference"),
    (
        stage(
            "preparation", "Persiapan", "Preparation", f"{_POP} 1",
            _own("request", "Permohonan kepada kepala sekolah", "Request to the principal", f"{_POP} 1"),
            _own("approval", "Persetujuan kepala sekolah", "Principal's approval", f"{_POP} 1", gate=True),
            _own("invitations", "Undangan peserta", "Invitations", f"{_POP} 1"),
            ordered=True,
        ),
        stage(
            "conduct", "Pelaksanaan", "Conduct", f"{_POP} 2",
            _own("opening", "Pembukaan: tujuan dan komitmen", "Opening: purpose and commitment",
                 f"{_POP} 2a"),
            _own("description", "Deskripsi: hal positif lebih dahulu", "Description: strengths first",
                 f"{_POP} 2b"),
            _own("discussion", "Diskusi dan klarifikasi", "Discussion and clarification", f"{_POP} 2c"),
            _own("roles", "Penerimaan tugas dan peran", "Tasks and roles accepted", f"{_POP} 2c"),
        ),
        stage(
            "report", "Pelaporan / pengakhiran", "Report", f"{_POP} 3",
            _own("conclusion", "Kesimpulan bersama", "Conclusion agreed together", f"{_POP} 3"),
            _own("report", "Berita acara dan daftar hadir", "Minutes and attendance list", f"{_POP} 3"),
            ordered=True,
        ),
        stage(
            "monitoring", "Pemantauan", "Monitoring", f"{_POP} 4",
            _own("support_actions", "Tindakan dukungan", "Support actions", f"{_POP} 4"),
            _own("positive_behaviour", "Kemajuan perilaku positif", "Progress of positive behaviour",
                 f"{_POP} 4"),
        ),
    ),
)
