-- Number of sections without a single item at their newest observation (VW4.3, D1.9).
-- $exclude_classes VARCHAR[] = []: section classes another clause judges
--
-- An unknown number of items is not an empty section, and the homepage is not a section.
WITH found AS (
    SELECT subject_id, count(*) AS sections, list(section ORDER BY section) AS items
    FROM sections
    WHERE is_empty(item_count) AND section_class <> 'homepage' AND NOT list_contains($exclude_classes::VARCHAR[], section_class)
    GROUP BY subject_id
)
SELECT
    swept.subject_id,
    coalesce(found.sections, 0) AS value,
    'measured' AS state,
    listed(items) AS evidence
FROM swept_websites AS swept
LEFT JOIN found USING (subject_id)
