"""The list of cases: the same columns and rows per page, search and a list filter on the status."""

from django.contrib import admin

from tests.benchmarks.peers.django_admin.models import Case


@admin.register(Case)
class CaseAdmin(admin.ModelAdmin):
    list_display = ["number", "student", "class_name", "field", "status", "severity", "owner", "opened_on"]
    list_select_related = ["student", "owner"]
    list_filter = ["status"]
    list_per_page = 25
    search_fields = ["number", "student__name"]

    def class_name(self, case):
        return case.student.class_name
