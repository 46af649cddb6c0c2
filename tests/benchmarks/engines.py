"""Rule engines beside us: one question of the many that we answer, whether a customer is a U.S. person.

They are given more than their due: no owners, no findings, no unknowns (a blank counts as "no", which the rule
does not allow), no validation. What remains is the least that such an engine does for one record.
"""

import json

import datalogic_py
import zen
from benchmarks.plain import CITIZENS, US

_CITIZENS, _US = json.dumps(sorted(CITIZENS)), json.dumps(sorted(US))
_STEPS = {
    "citizen": f"kind == 'individual' and (some(citizenships, # in {_CITIZENS}) or resident)",
    "organized": f"kind == 'entity' and organized_in in {_US}",
    "located": f"(located_in != '' and located_in in {_US}) or (located_in == '' and country in {_US} "
    f"and (box == '' or street != '') and (kind == 'individual' or organized_in in {_US}))",
    "us_person": "$.citizen or $.organized or $.located",
}


def _graph():
    expressions = [{"id": name, "key": name, "value": value} for name, value in _STEPS.items()]
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode"},
        {"id": "us", "name": "us", "type": "expressionNode", "content": {"expressions": expressions}},
        {"id": "out", "name": "out", "type": "outputNode"},
    ]
    edges = [{"id": f"{a}{b}", "type": "edge", "sourceId": a, "targetId": b} for a, b in (("in", "us"), ("us", "out"))]
    return json.dumps({"nodes": nodes, "edges": edges})


def _logic():
    def var(name):
        return {"var": name}

    def among(name, members):
        return {"in": [var(name), sorted(members)]}

    individual = {"==": [var("kind"), "individual"]}
    citizen = {"some": [var("citizenships"), {"in": [{"var": ""}, sorted(CITIZENS)]}]}
    here = {"or": [individual, among("organized_in", US)]}
    settled = {"or": [{"==": [var("box"), ""]}, {"!=": [var("street"), ""]}]}
    return {
        "or": [
            {"and": [individual, {"or": [citizen, var("resident")]}]},
            {"and": [{"==": [var("kind"), "entity"]}, among("organized_in", US)]},
            {"and": [{"!=": [var("located_in"), ""]}, among("located_in", US)]},
            {"and": [{"==": [var("located_in"), ""]}, among("country", US), settled, here]},
        ]
    }


def _facts(customer):
    return {
        "kind": customer.kind or "",
        "citizenships": list(customer.citizenships or ()),
        "resident": customer.us_permanent_resident is True,
        "organized_in": customer.organized_in or "",
        "located_in": customer.located_in or "",
        "country": customer.country or "",
        "box": customer.military_box or "",
        "street": customer.street_address or "",
    }


def prepared(customers):
    """A call for each engine that asks it about every customer; they agree with each other."""
    facts = [_facts(customer) for customer in customers]
    graph, logic = _graph(), _logic()
    static = zen.ZenEngine({"loader": {"type": "static", "content": {"us": json.loads(graph)}}})
    usual = zen.ZenEngine().create_decision(graph)
    rule = datalogic_py.Engine().compile(logic)
    by_logic = [bool(rule.evaluate(each)) for each in facts]
    by_graph = [usual.evaluate(each)["result"]["us_person"] for each in facts]
    assert by_logic == by_graph
    assert {True, False} <= set(by_logic)
    return {
        "datalogic-py, one question": lambda: [rule.evaluate(each) for each in facts],
        "zen-engine, one question, static loader, trace": lambda: [
            static.evaluate("us", each, {"trace": True}) for each in facts
        ],
        "zen-engine, one question, usual form": lambda: [usual.evaluate(each, {"trace": True}) for each in facts],
    }
