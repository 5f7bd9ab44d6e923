"""The customers of the bench in the built-in CRM, and their classes as the look-up would have left them (SPEC C)."""

from django.db import connection, transaction

from madoguchi import lookups
from madoguchi.management.bench.progress import Bar
from madoguchi.models import Classification

# Of ten contacts two have bought, one is about to, two are known, one is a lead; four the CRM has never heard of.
CLASS = "CASE WHEN {0} % 10 < 2 THEN 0 WHEN {0} % 10 = 2 THEN 1 WHEN {0} % 10 < 6 THEN 2 ELSE 3 END"
STEPS = [
    """
    INSERT INTO madoguchi_crmperson (kind, last_name, first_name, account_name, title, email, phone, mobile, description,
      email_folded, phone_folded, mobile_folded, created_at, modified_at)
    SELECT CASE c.id % 10 WHEN 5 THEN 'lead' ELSE 'contact' END, c.last_name, c.first_name, coalesce(a.name, ''), '', e.address,
      '', '', '', e.folded, '', '', c.created_at, c.created_at
    FROM madoguchi_contact c JOIN madoguchi_contactaddress e ON e.contact_id = c.id AND e.is_primary
    LEFT JOIN madoguchi_account a ON a.id = c.account_id WHERE c.id % 10 < 6 ORDER BY c.id""",
    """
    INSERT INTO madoguchi_crmdeal (name, person_id, stage_id, amount, currency, description, created_at, modified_at)
    SELECT '年間契約 ' || n, p.id, s.id, 60000 * (1 + e.contact_id % 40), 'JPY', '', p.created_at, p.created_at + n * interval '1 s'
    FROM madoguchi_crmperson p JOIN madoguchi_contactaddress e ON e.folded = p.email_folded
    JOIN madoguchi_crmstage s ON s.id = (SELECT min(m.id) FROM madoguchi_crmstage m
      WHERE m.category = (CASE e.contact_id % 10 WHEN 2 THEN 'open' WHEN 3 THEN 'lost' ELSE 'won' END))
    CROSS JOIN LATERAL generate_series(1, CASE WHEN e.contact_id % 10 < 2 THEN 1 + e.contact_id % 3 ELSE 1 END) n
    WHERE e.contact_id % 10 < 4 ORDER BY p.id, n""",
    """
    INSERT INTO madoguchi_classification (contact_id, source, module, record, deals, checked_at, changed_at, tries, error)
    SELECT c.id, 'builtin', CASE WHEN p.id IS NULL THEN '' ELSE p.kind || 's' END, coalesce(p.id::text, ''), coalesce(d.deals, '{}'),
      statement_timestamp(), statement_timestamp(), 0, ''
    FROM madoguchi_contact c
    LEFT JOIN madoguchi_contactaddress e ON e.contact_id = c.id AND e.is_primary
    LEFT JOIN madoguchi_crmperson p ON p.email_folded = e.folded
    LEFT JOIN (
      SELECT person_id, jsonb_object_agg(category, jsonb_build_object('n', n, 'amount', amount::bigint::text, 'currency', 'JPY')
        || CASE category WHEN 'open' THEN jsonb_build_object('stage', stage) ELSE '{}' END) AS deals
      FROM (SELECT d.person_id, s.category, count(*) AS n, sum(d.amount) AS amount, min(s.name_ja) AS stage
        FROM madoguchi_crmdeal d JOIN madoguchi_crmstage s ON s.id = d.stage_id AND s.category <> 'lost' GROUP BY 1, 2) g
      GROUP BY person_id) d ON d.person_id = p.id
    ORDER BY c.id ON CONFLICT (contact_id) DO UPDATE SET source = excluded.source, module = excluded.module,
      record = excluded.record, deals = excluded.deals, checked_at = excluded.checked_at""",
    f"UPDATE madoguchi_contact SET crm_class = {CLASS.format('id')} WHERE crm_class <> {CLASS.format('id')}",
    """
    UPDATE madoguchi_ticket t SET crm_class = c.crm_class FROM madoguchi_contact c
    WHERE c.id = t.contact_id AND t.crm_class <> c.crm_class AND t.state = 'Open' AND t.trashed_at IS NULL AND NOT t.is_spam""",
]
# Without asking about everybody, as `organisation.crm.connect` does.
CONNECT = """
INSERT INTO madoguchi_crmconnection (id, kind, settings, secrets, won_first, webhook_key, connected_at, failures, needs_consent)
VALUES (1, 'builtin', '{}', '', false, '', now() - interval '1 minute', 0, false)
ON CONFLICT (id) DO UPDATE SET kind = 'builtin', failures = 0, needs_consent = false WHERE madoguchi_crmconnection.kind = ''"""


def classify() -> None:
    """Fill the built-in CRM, classify everybody by it, and switch it on; of a desk that has it, only the last."""
    if not Classification.objects.filter(source="builtin").exists():
        with Bar("Classifying", len(STEPS)) as bar:
            with transaction.atomic(), connection.cursor() as cursor:
                for n, step in enumerate(STEPS):
                    cursor.execute(step)
                    bar.to(n + 1)
            with connection.cursor() as cursor:
                cursor.execute(
                    "VACUUM (ANALYZE, PARALLEL 2) madoguchi_ticket, madoguchi_contact, madoguchi_classification"
                )
    with connection.cursor() as cursor:
        cursor.execute(CONNECT)
    lookups.forget()
