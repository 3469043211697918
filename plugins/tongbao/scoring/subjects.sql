-- One row a subject in operation: whether it counts as inspected in the period, and why not. Seen is whoever left any
-- record; observed, of whom a record says something: a firewall's answer or a note that nothing could be measured does not.
-- A subject both declared and found is one subject, judged as declared.
CREATE TEMP TABLE judged AS
WITH one_each AS (
    SELECT *
    FROM subjects
    QUALIFY row_number() OVER (
        PARTITION BY subject_id
        ORDER BY declared DESC NULLS LAST, kind, platform, unit_class, is_portal, has_services
    ) = 1
),
drawn AS (
    SELECT DISTINCT subject_id FROM sample WHERE period = $period
),
records AS (
    SELECT subject_id, observations > 0 AS says_something FROM observed
    UNION ALL
    SELECT subject_id, state IN ('met', 'breached') FROM findings WHERE found_at BETWEEN $start AND $cutoff
    UNION ALL
    SELECT subject_id, true FROM sample WHERE period = $period AND checked_at BETWEEN $start AND $cutoff
),
seen AS (
    SELECT subject_id, bool_or(says_something) AS is_observed FROM records GROUP BY subject_id
)
SELECT
    (row_number() OVER (ORDER BY one_each.subject_id))::INTEGER AS subject,
    one_each.subject_id,
    one_each.kind,
    one_each.platform,
    coalesce(one_each.unit_class, '') AS unit_class,
    coalesce(one_each.is_portal, false) AS is_portal,
    one_each.has_services IS false
    AND (
        $unserving_classes::VARCHAR[] IS NULL
        OR list_contains($unserving_classes::VARCHAR[], coalesce(one_each.unit_class, ''))
    ) AS lacks_services,
    drawn.subject_id IS NOT NULL OR NOT EXISTS (FROM drawn) AS is_drawn,
    seen.subject_id IS NOT NULL AS is_seen,
    coalesce(seen.is_observed, false) AS is_observed
FROM one_each
LEFT JOIN drawn USING (subject_id)
LEFT JOIN seen USING (subject_id);

-- A person's check of a subject is on record once its time is known.
CREATE TEMP TABLE checked AS
SELECT DISTINCT judged.subject
FROM sample
JOIN judged USING (subject_id)
WHERE sample.period = $period AND sample.checked_at <= $cutoff;
