-- Models, choices and guards: what a draw needs to be repeated, and the rights of the daily guards.

-- As published with the draw: what the register said then, and what the model expected.
ALTER TABLE risk_choice
    ADD COLUMN code text NOT NULL,
    ADD COLUMN stratum text NOT NULL,          -- use class
    ADD COLUMN rate double precision;          -- fires expected in the next 90 days; null: the score does not say
CREATE INDEX risk_choice_round_made ON risk_choice_round (made_at);
CREATE INDEX risk_guard_name ON risk_guard (name, day DESC);

-- The guards run daily among upkeep's jobs, with risk's own functions.
GRANT SELECT ON venue, gateway, episode, risk_score, risk_record, risk_fact, risk_state, risk_model, risk_model_act,
    risk_guard, risk_choice_round, risk_choice TO fw_upkeep;
GRANT INSERT ON risk_model, risk_model_act TO fw_upkeep;
GRANT INSERT, UPDATE ON risk_guard TO fw_upkeep;
