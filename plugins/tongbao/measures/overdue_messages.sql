-- Number of valid messages of the look-back time still without a reply after more calendar months than allowed (VW5.2).
-- $lookback_months INTEGER = 12: calendar months before the cutoff whose messages count
-- $months INTEGER = 3: calendar months without a reply that are still in time
-- $channels VARCHAR[] = null: words of which a channel's name must carry one; null takes every channel
-- $excluded_channels VARCHAR[] = ["信访", "纪检", "纪委", "监察"]: channels with one of these words never count
--
-- A reply after the cutoff is no reply yet. A website without any message in that time has no row.
WITH received AS (
    SELECT
        subject_id,
        message_id,
        channel,
        received_at,
        valid
        AND replied_at IS NULL
        AND shanghai(received_at) < months_before($cutoff, $months)
        AND ($channels IS NULL OR has_any_word(channel, $channels::VARCHAR[]))
        AND NOT has_any_word(channel, $excluded_channels::VARCHAR[]) AS is_overdue
    FROM messages
    SEMI JOIN (SELECT subject_id FROM subjects WHERE kind = 'website') AS websites USING (subject_id)
    WHERE shanghai(received_at) >= months_before($cutoff, $lookback_months)
)
SELECT
    subject_id,
    count(*) FILTER (is_overdue) AS value,
    'measured' AS state,
    listed(
        list(channel || message_id || '（' || day_of(received_at) || '收到）' ORDER BY received_at, message_id) FILTER (is_overdue)
    ) AS evidence
FROM received
GROUP BY subject_id
