-- 1 when nothing dated was published for more calendar months than allowed in the sections of the given classes, else 0 (D1.5, D1.6).
-- $classes VARCHAR[]: section classes
-- $months INTEGER: calendar months without a publication that are still in time
--
-- Each section is judged at its newest observation; the newest publication over all of them is compared with the
-- newest observation less so many calendar months on Shanghai's clock. Nothing dated counts as not updated.
-- No such section observed: no row, so not measured.
WITH newest AS (
    SELECT
        subject_id,
        max(observed_at) AS observed_at,
        max(last_published_at) AS published_at,
        arg_max(newest_section, (last_published_at, section_class)) FILTER (last_published_at IS NOT NULL) AS section
    FROM section_classes
    WHERE list_contains($classes::VARCHAR[], section_class)
    GROUP BY subject_id
)
SELECT
    subject_id,
    older_than_months(published_at, observed_at, $months)::INTEGER AS value,
    'measured' AS state,
    coalesce('“' || section || '”最近更新' || day_of(published_at), '没有标注发布时间的信息')
    || '，检查时间' || day_of(observed_at) AS evidence
FROM newest
