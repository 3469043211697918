-- Number of news sections and of notice and policy sections not updated in their time, together (VW4.1).
-- $news_classes VARCHAR[]: classes with a limit in days
-- $news_days INTEGER = 14: days without a publication that are still in time
-- $notice_classes VARCHAR[]: classes with a limit in calendar months
-- $notice_months INTEGER = 6: calendar months without a publication that are still in time
--
-- Each section counts by itself, judged at its newest observation; undated counts as not updated. Empty sections
-- (no items) are counted by empty_sections alone.
WITH found AS (
    SELECT subject_id, count(*) AS sections, list(dated_section(section, last_published_at) ORDER BY section) AS items
    FROM sections
    WHERE NOT is_empty(item_count) AND (
        list_contains($news_classes::VARCHAR[], section_class)
        AND older_than_days(last_published_at, observed_at, $news_days)
        OR list_contains($notice_classes::VARCHAR[], section_class)
        AND older_than_months(last_published_at, observed_at, $notice_months)
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
