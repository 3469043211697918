-- 1 when a website's sections were observed and none is of the given classes, else 0 (D1.4, D1.5, D1.6).
-- $classes VARCHAR[]: section classes of which one is enough
--
-- The homepage is a page, not a section: a website of which only the homepage was observed has no row.
WITH found AS (
    SELECT DISTINCT subject_id FROM section_classes WHERE list_contains($classes::VARCHAR[], section_class)
)
SELECT
    swept.subject_id,
    (found.subject_id IS NULL)::INTEGER AS value,
    'measured' AS state,
    CASE WHEN found.subject_id IS NULL THEN '已检查' || sections || '个栏目，未见此类栏目' END AS evidence
FROM swept_websites AS swept
LEFT JOIN found USING (subject_id)
