"""The tables that Pamong made; Django only reads them."""

from django.db import models


class Person(models.Model):
    id = models.BigIntegerField(primary_key=True)
    name = models.TextField()

    class Meta:
        managed = False
        db_table = "users"

    def __str__(self):
        return self.name


class Student(models.Model):
    id = models.BigIntegerField(primary_key=True)
    name = models.TextField()
    class_name = models.TextField(null=True)

    class Meta:
        managed = False
        db_table = "students"

    def __str__(self):
        return self.name


class Case(models.Model):
    id = models.BigIntegerField(primary_key=True)
    number = models.TextField()
    student = models.ForeignKey(Student, models.DO_NOTHING, db_constraint=False)
    owner = models.ForeignKey(Person, models.DO_NOTHING, db_constraint=False)
    field = models.TextField()
    status = models.TextField()
    severity = models.TextField()
    opened_on = models.DateField()

    class Meta:
        managed = False
        db_table = "cases"
        ordering = ["-id"]
