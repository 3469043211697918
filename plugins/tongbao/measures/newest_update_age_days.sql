-- Days since anything dated was published in the sections of the given classes (VW3, VM2, D1.4).
-- $classes VARCHAR[]: section classes; account for new-media accounts
-- $else_any_section BOOLEAN = false: judge by all sections of a subject that has none of these classes (a homepage of mere navigation)
--
-- Each section is judged at its newest observation. Age = newest observation - newest publication, over all of
-- them. Nothing dated: 1e9 days, which breaches any limit. No such section observed: no row, so not measured.
WITH asked AS (
    SELECT * FROM section_classes WHERE list_contains($classes::VARCHAR[], section_class)
),
judged AS (
    FROM asked
    UNION ALL
    SELECT * FROM section_classes ANTI JOIN asked USING (subject_id) WHERE $else_any_section AND section_class <> 'account'
),
newest AS (
    SELECT
        subject_id,
        max(observed_at) AS observed_at,
        max(last_published_at) AS published_at,
        arg_max(newest_section, (last_published_at, section_class)) FILTER (last_published_at IS NOT NULL) AS section
    FROM judged
    GROUP BY subject_id
)
SELECT
    subject_id,
    CASE WHEN published_at IS NULL THEN 1e9 ELSE (epoch_us(observed_at) - epoch_us(published_at)) / 86400000000 END AS value,
    'measured' AS state,
    coalesce('“' || section || '”最近更新' || day_of(published_at), '没有标注发布时间的信息')
    || '，检查时间' || day_of(observed_at) AS evidence
FROM newest
