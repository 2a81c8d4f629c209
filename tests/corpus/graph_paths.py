"""Shortest paths, components and centrality in a random graph."""

import networkx as nx


def work(nodes=150):
    graph = nx.gnm_random_graph(nodes, nodes * 4, seed=7)
    for number, (a, b) in enumerate(graph.edges):
        graph[a][b]["weight"] = 1 + number % 9
    lengths = dict(nx.all_pairs_dijkstra_path_length(graph))
    central = nx.betweenness_centrality(graph)
    parts = nx.number_connected_components(graph)
    return len(lengths), round(max(central.values()), 6), parts


if __name__ == "__main__":
    print(work())
