"""Takes the rows out of a page that is not quite HTML."""

from bs4 import BeautifulSoup

ROW = "<tr id=r{n}><td class='name'>name {n}<td>{n}<td><a href='/item/{n}'>more</a> &nbsp;<br></tr>"


def work(rows=80):
    page = "<html><body><table>" + "".join(ROW.format(n=n) for n in range(rows)) + "</table>"
    soup = BeautifulSoup(page, "html5lib")
    names = [cell.get_text(strip=True) for cell in soup.select("td.name")]
    links = [link["href"] for link in soup.find_all("a", href=True)]
    return len(names), len(links)


if __name__ == "__main__":
    print(work())
