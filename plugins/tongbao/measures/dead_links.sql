-- Number of distinct links that stay dead, on the homepage or on the other pages (D4.3).
-- $on_homepage BOOLEAN: true counts links of the homepage, false those found on other pages only
--
-- Dead = neither ok nor blocked after at least two attempts, and not seen ok at a later check of the period (table
-- links_staying_dead). A link dead on the homepage is not counted again for the other pages that carry it. A website
-- of which every check was blocked is blocked; one of which no such page was checked has no row.
WITH checked AS (
    SELECT subject_id, CASE WHEN $on_homepage THEN homepage_blocked ELSE other_pages_blocked END AS is_blocked
    FROM checked_websites
    WHERE is_blocked IS NOT NULL
),
dead AS (
    SELECT
        subject_id,
        count(*) AS value,
        list(
            link || '（' || outcome_name(outcome) || '，所在页面' || page || '，检查时间' || day_of(checked_at) || '）' ORDER BY link
        ) AS items
    FROM links_staying_dead
    WHERE on_homepage = $on_homepage
    GROUP BY subject_id
)
SELECT
    subject_id,
    CASE WHEN NOT is_blocked THEN coalesce(dead.value, 0) END AS value,
    CASE WHEN is_blocked THEN 'blocked' ELSE 'measured' END AS state,
    CASE WHEN is_blocked THEN '链接检查均被防火墙拦截' ELSE listed(items) END AS evidence
FROM checked
LEFT JOIN dead USING (subject_id)
WHERE subject_id IN (SELECT subject_id FROM subjects WHERE kind = 'website')
