-- amlenv for Neovim 0.11 and later: put this folder on the runtime path and call vim.lsp.enable('amlenv').
return {
  cmd = { 'amlenv', 'server' },
  filetypes = { 'dockerfile', 'yaml', 'yaml.docker-compose', 'python', 'requirements', 'json' },
  root_markers = { 'amlenv.toml', '.amlenv.toml', '.azureml', '.git' },
}
