"""Has a served model write the conversations of the evaluation's corpus: the openings and the follow-ups below are given, the answers are the model's own.

usage: evaluation_chats.py URL OUT.json.gz
  first: deploy/sublinear serve --port 8123 --budget unlimited
  then: evaluation_chats.py http://127.0.0.1:8123 server/evaluation/src/main/resources/dev/sublinear/evaluation/corpus/chats.json.gz

OUT is a JSON list of conversations, each a list of {"role", "content"}. Needs only Python; about ten minutes on a processor core.
"""
import concurrent.futures, gzip, json, pathlib, random, sys, urllib.request

TURNS, TOKENS, AT_ONCE = 9, 240, 10

OPENINGS = """
I want to learn how to bake bread at home. What do I need, and how do I begin?
Explain how vaccines work to somebody who has never studied biology.
Write a short story about a lighthouse keeper who finds a letter in a bottle.
I have a job interview as a nurse next Monday. How should I prepare?
What caused the French Revolution? Give me the main causes in order.
Write a Python function that counts how often each word occurs in a text, and explain it.
Plan a week of dinners for a family of four that does not eat meat.
What is the difference between a virus and a bacterium?
Help me write a polite letter to my landlord about a broken heater.
How does a bicycle stay upright? Explain the physics in simple words.
Tell me about the life of Marie Curie.
I would like to start running. Make me a plan for the first six weeks.
Compare solar power with wind power for a small village.
Write a dialogue between a teacher and a student about the planets of the solar system.
Write a shell script that makes a backup of a directory every night, and explain each line.
What is the difference between a list, a tuple and a dictionary in Python? Show examples.
How does the internet send a message from my computer to another continent?
Help me prepare a speech for the wedding of my sister.
What is the theory of evolution, and what evidence is there for it?
I want to save money each month. My income is 2,400 dollars and my rent is 900. What do you suggest?
""".strip().splitlines()

FOLLOW_UPS = """
Can you explain the second point again, with an example?
Please say that in three short sentences.
What is the most common mistake that people make here?
Give me a list of five things that I should remember.
I did not understand the last part. Can you put it more simply?
What would you do differently if there were only half of the time?
Turn what you have told me so far into a table with two columns.
Which of these points is the most important one, and why?
What questions should I ask an expert about this?
Now write it as if you were talking to a child of ten.
What are the arguments against what you have just said?
Tell me more about that. I would like to know the details.
How did people do this a hundred years ago?
Can you give me the numbers: how much, how long, how many?
Write a short summary of our conversation up to now.
Let us go back to my first question. Is there anything that you would add to your answer?
What comes next, after all of this is done?
Make up a story of one paragraph that shows this.
Suppose that something goes wrong. What should I do then?
Who could help me with it, and where would I find them?
""".strip().splitlines()


def served(url):
    with urllib.request.urlopen(url + "/v1/models") as response:
        return json.load(response)["data"][0]["id"]


def ask(url, model, messages, seed):
    body = {"model": model, "messages": messages, "max_tokens": TOKENS, "temperature": 0.7, "top_p": 0.95, "seed": seed}
    request = urllib.request.Request(url + "/v1/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=3600) as response:
        return json.load(response)["choices"][0]["message"]["content"]


def converse(url, model, number):
    drawn = random.Random(number)
    messages = []
    for turn, question in enumerate([OPENINGS[number]] + drawn.sample(FOLLOW_UPS, TURNS - 1)):
        messages.append({"role": "user", "content": question})
        messages.append({"role": "assistant", "content": ask(url, model, messages, 1000 * number + turn)})
    print(number, sum(len(message["content"]) for message in messages), "characters", flush=True)
    return messages


if __name__ == "__main__":
    url, out = sys.argv[1], pathlib.Path(sys.argv[2])
    model = served(url)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        chats = list(pool.map(lambda number: converse(url, model, number), range(len(OPENINGS))))
    text = json.dumps(chats, ensure_ascii=False, indent=0)
    out.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
