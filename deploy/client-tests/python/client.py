"""Runs the openai package against a server: python client.py BASE_URL KEY MODEL"""

import json
import sys

import openai
from openai import OpenAI

base_url, key, model = sys.argv[1:]
client = OpenAI(base_url=base_url, api_key=key, max_retries=0)
ASKED = {"model": model, "max_tokens": 12, "temperature": 0, "messages": [{"role": "user", "content": "Tell me about the sea."}]}
CITY = {
    "type": "object",
    "properties": {"city": {"enum": ["Oslo", "Rome"]}},
    "required": ["city"],
    "additionalProperties": False,
}


def fails(error: type[openai.APIStatusError], call, **fields) -> openai.APIStatusError:
    try:
        call(**fields)
    except error as caught:
        return caught
    raise AssertionError(f"{error.__name__} expected")


def chats() -> None:
    whole = client.chat.completions.create(**ASKED)
    text = whole.choices[0].message.content
    assert text and whole.usage.completion_tokens == 12
    pieces = client.chat.completions.create(**ASKED, stream=True)
    assert "".join(piece.choices[0].delta.content or "" for piece in pieces) == text
    with client.chat.completions.stream(**ASKED) as stream:
        assert "".join(event.delta for event in stream if event.type == "content.delta") == text

    tools = [{"type": "function", "function": {"name": "weather", "parameters": CITY, "strict": True}}]
    called = client.chat.completions.create(**{**ASKED, "max_tokens": 200}, tools=tools, tool_choice="required")
    call = called.choices[0].message.tool_calls[0]
    assert call.function.name == "weather"
    assert json.loads(call.function.arguments)["city"] in ("Oslo", "Rome")

    completion = client.completions.create(model=model, prompt=["Once upon", "It was"], max_tokens=3)
    assert len(completion.choices) == 2
    assert [one.id for one in client.models.list()] == [model]
    assert fails(openai.BadRequestError, client.chat.completions.create, **{**ASKED, "temperature": 3}).param == "temperature"
    fails(openai.NotFoundError, client.chat.completions.create, **{**ASKED, "model": "other"})


def responses() -> None:
    asked = {
        "model": model,
        "instructions": "You are brief.",
        "input": "Tell me about the sea.",
        "max_output_tokens": 12,
        "temperature": 0,
    }
    whole = client.responses.create(**asked)
    assert whole.output_text and whole.usage.output_tokens == 12
    assert whole.status == "incomplete" and whole.incomplete_details.reason == "max_output_tokens"
    events = list(client.responses.create(**asked, stream=True))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == whole.output_text
    assert events[-1].type == "response.incomplete" and events[-1].response.output_text == whole.output_text

    tools = [{"type": "function", "name": "weather", "parameters": CITY, "strict": True}]
    with client.responses.stream(**{**asked, "max_output_tokens": 200}, tools=tools, tool_choice="required") as stream:
        called = stream.get_final_response()
    call = called.output[-1]
    assert call.type == "function_call" and json.loads(call.arguments)["city"] in ("Oslo", "Rome")
    said = [{"role": "user", "content": asked["input"]}, *called.output]
    said.append({"type": "function_call_output", "call_id": call.call_id, "output": "It rains."})
    assert client.responses.create(**{**asked, "input": said}, tools=tools, tool_choice="none").output_text

    schema = {
        "type": "object",
        "properties": {"rain": {"type": "boolean"}},
        "required": ["rain"],
        "additionalProperties": False,
    }
    form = {"format": {"type": "json_schema", "name": "forecast", "strict": True, "schema": schema}}
    forecast = client.responses.create(**{**asked, "max_output_tokens": 200}, text=form)
    assert isinstance(json.loads(forecast.output_text)["rain"], bool)
    for name, value in {"store": True, "previous_response_id": "resp_1", "background": True}.items():
        assert fails(openai.BadRequestError, client.responses.create, **asked, **{name: value}).param == name


chats()
responses()
