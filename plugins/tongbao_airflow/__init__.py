"""What touches Airflow: the timetable, the environment, and the facts of one DAG run."""
