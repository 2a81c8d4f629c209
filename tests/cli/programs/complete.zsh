# What zsh makes of a line when Tab is pressed behind it.
zmodload zsh/zpty
fpath=($PWD $fpath)
zpty shell zsh -f -i
zpty -w shell "PS1= fpath=(${(q)PWD} \$fpath); autoload -Uz compinit; compinit -D -u"
zpty -w shell 'told() { print -r -- $BUFFER > told; exit }; zle -N told; bindkey ^T told'
# Whatever is printed has to be read, or it would stand still.
zpty -w -n shell "$1"$'\t\C-t'
while zpty -r shell line; do :; done
cat told
