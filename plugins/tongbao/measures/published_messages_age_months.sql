-- 1 when a website that receives messages published none for more calendar months than allowed, else 0 (D3.3).
-- $months INTEGER = 2: calendar months before the cutoff that are still in time
--
-- A published message dates from its reply, before one from its receipt. Without any message at all: no row.
WITH newest AS (
    SELECT subject_id, max(coalesce(replied_at, received_at)) FILTER (published) AS published_at
    FROM messages
    SEMI JOIN (SELECT subject_id FROM subjects WHERE kind = 'website') AS websites USING (subject_id)
    GROUP BY subject_id
)
SELECT
    subject_id,
    older_than_months(published_at, $cutoff, $months)::INTEGER AS value,
    'measured' AS state,
    coalesce('最近公开的留言' || day_of(published_at), '没有公开的留言') AS evidence
FROM newest
