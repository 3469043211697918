-- Number of sections not updated for more calendar months than their class allows (VW4.2, D1.9).
-- $default_months INTEGER = 12: calendar months without a publication that are still in time
-- $months_by_class MAP(VARCHAR, INTEGER) = {}: other limits by section class
-- $exclude_classes VARCHAR[] = []: section classes another clause judges
--
-- Each section is judged at its newest observation; undated counts as not updated. Empty sections (no items) are
-- counted by empty_sections alone, and the homepage is not a section.
WITH found AS (
    SELECT subject_id, count(*) AS sections, list(dated_section(section, last_published_at) ORDER BY section) AS items
    FROM sections
    WHERE
        section_class <> 'homepage'
        AND NOT list_contains($exclude_classes::VARCHAR[], section_class)
        AND NOT is_empty(item_count)
        AND older_than_months(
            last_published_at,
            observed_at,
            coalesce(map_extract_value($months_by_class::JSON::MAP(VARCHAR, INTEGER), section_class), $default_months)
        )
    GROUP BY subject_id
)
SELECT
    swept.subject_id,
    coalesce(found.sections, 0) AS value,
    'measured' AS state,
    listed(items) AS evidence
FROM swept_websites AS swept
LEFT JOIN found USING (subject_id)
