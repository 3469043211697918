"""Airflow's settings must stand before a test module imports it."""

from tests import airflow_home

airflow_home.prepare()
