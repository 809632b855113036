// Programs that send one event, ready to be pasted.

export interface Sender {
  id: string;
  title: string;
  text: string;
}

export function senders(url: string, event: string): Sender[] {
  return [
    { id: "curl", title: "curl", text: curl(url, event) },
    { id: "python", title: "Python", text: python(url, event) },
    { id: "node", title: "Node", text: node(url, event) },
    { id: "go", title: "Go", text: go(url, event) },
  ];
}

export function curl(url: string, event: string): string {
  return `curl -sS ${shell(url)} -H 'Content-Type: application/json' -d ${shell(event)}`;
}

function python(url: string, event: string): string {
  return `import urllib.request

request = urllib.request.Request(
    ${JSON.stringify(url)},
    data=${JSON.stringify(event)}.encode(),
    headers={"Content-Type": "application/json"},
)
with urllib.request.urlopen(request) as answer:
    print(answer.status, answer.read().decode())
`;
}

function node(url: string, event: string): string {
  return `const answer = await fetch(${JSON.stringify(url)}, {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: ${JSON.stringify(event)},
});
console.log(answer.status, await answer.text());
`;
}

function go(url: string, event: string): string {
  return `package main

import (
	"fmt"
	"net/http"
	"strings"
)

func main() {
	body := strings.NewReader(${JSON.stringify(event)})
	answer, err := http.Post(${JSON.stringify(url)}, "application/json", body)
	if err != nil {
		panic(err)
	}
	defer answer.Body.Close()
	fmt.Println(answer.Status)
}
`;
}

/** A text as one word of a shell. */
function shell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
