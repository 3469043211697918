-- One row a subject in operation: whether it counts as inspected in the period, and why not.
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
seen AS (
    SELECT subject_id FROM observed WHERE observations > 0
    UNION
    SELECT subject_id FROM findings WHERE found_at BETWEEN $start AND $cutoff
    UNION
    SELECT subject_id FROM sample WHERE period = $period AND checked_at BETWEEN $start AND $cutoff
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
    seen.subject_id IS NOT NULL AS is_seen
FROM one_each
LEFT JOIN drawn USING (subject_id)
LEFT JOIN seen USING (subject_id);

-- A person's check of a subject is on record once its time is known.
CREATE TEMP TABLE checked AS
SELECT DISTINCT judged.subject
FROM sample
JOIN judged USING (subject_id)
WHERE sample.period = $period AND sample.checked_at <= $cutoff;
